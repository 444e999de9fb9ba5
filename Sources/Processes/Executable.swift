import Glibc

/// Where programs are.
public enum Executable {
    /// The absolute path of the first executable file of that name, or nil.
    ///
    /// A name with a slash is looked at as it is. Relative entries of the path are passed over: what runs must not
    /// depend on where we happen to stand.
    ///
    /// - Parameters:
    ///   - name: as typed in a shell: `ollama`, or `/opt/ollama/bin/ollama`
    ///   - path: the value of `PATH`
    ///   - extraFolders: looked through after the path
    public static func find(_ name: String, path: String?, extraFolders: [String] = []) -> String? {
        guard !name.isEmpty else { return nil }
        guard !name.utf8.contains(UInt8(ascii: "/")) else { return isExecutable(name) ? absolute(name) : nil }
        let folders = (path ?? "").split(separator: ":").map(String.init) + extraFolders
        return folders.lazy.filter { $0.first == "/" }
            .map { $0.last == "/" ? $0 + name : "\($0)/\(name)" }
            .first(where: isExecutable)
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private static func absolute(_ path: String) -> String? {
        guard path.first != "/" else { return path }
        guard let folder = getcwd(nil, 0) else { return nil }
        defer { free(folder) }
        return "\(String(cString: folder))/\(path)"
    }
}
