import Glibc

/// The questions that the search for programs and models asks the disk.
///
/// All of it blocks, on a network volume for seconds: call it on a thread of its own.
public enum FileSystem {
    /// Whether the path is a folder, or a link to one.
    public static func isFolder(_ path: String) -> Bool {
        status(of: path).map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    }

    /// Whether the path is a regular file, or a link to one, that this user may run.
    public static func isExecutable(_ path: String) -> Bool {
        (status(of: path).map { $0.st_mode & S_IFMT == S_IFREG } ?? false) && access(path, X_OK) == 0
    }

    /// Whether this user may write to the path; for a folder, whether files can be made in it.
    public static func isWritable(_ path: String) -> Bool {
        access(path, W_OK) == 0
    }

    /// Whether this user may read the file, or list the folder.
    public static func isReadable(_ path: String) -> Bool {
        access(path, R_OK) == 0
    }

    /// The size in bytes of a regular file, links followed; nil: there is none.
    public static func size(of path: String) -> Int? {
        status(of: path).flatMap { $0.st_mode & S_IFMT == S_IFREG ? Int($0.st_size) : nil }
    }

    /// What tells one state of a regular file from another, links followed; nil: there is none.
    public static func identity(of path: String) -> FileIdentity? {
        status(of: path).flatMap { $0.st_mode & S_IFMT == S_IFREG ? FileIdentity($0) : nil }
    }

    /// The absolute path without links, `.` and `..`; nil if it leads nowhere.
    public static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// What a symbolic link says, even if that leads nowhere; nil if the path is no link.
    public static func target(ofLink path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count > 0 else { return nil }
        return String(decoding: buffer[..<count], as: UTF8.self)
    }

    /// The names in a folder, sorted, without hidden ones; empty if it cannot be read.
    public static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// A small file's bytes; nil if it cannot be read or is larger than `limit` bytes.
    public static func contents(of path: String, limit: Int) -> [UInt8]? {
        guard let size = size(of: path), size <= limit, let file = fopen(path, "rbe") else { return nil }
        defer { fclose(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, file)
        }
        return bytes.count == size ? bytes : nil
    }

    /// A path with a leading `~/` resolved.
    public static func expand(_ path: String, home: String?) -> String {
        guard path.hasPrefix("~/"), let home else { return path }
        return home + path.dropFirst(1)
    }

    /// The last component of a path.
    public static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// What the path's last component lies in.
    public static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The path of a name in a folder.
    public static func path(_ name: String, in folder: String) -> String {
        folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    }

    private static func status(of path: String) -> stat? {
        var status = stat()
        return stat(path, &status) == 0 ? status : nil
    }
}
