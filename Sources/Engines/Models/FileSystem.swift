import Glibc

/// The few questions that the search for programs and models asks the disk. Blocking: call it on a thread of its own.
enum FileSystem {
    static func isFolder(_ path: String) -> Bool {
        mode(of: path).map { $0 & S_IFMT == S_IFDIR } ?? false
    }

    static func isExecutable(_ path: String) -> Bool {
        (mode(of: path).map { $0 & S_IFMT == S_IFREG } ?? false) && access(path, X_OK) == 0
    }

    static func isWritable(_ path: String) -> Bool {
        access(path, W_OK) == 0
    }

    /// The size in bytes of a file that is a regular one; nil: there is none.
    static func size(of path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// The names in a folder, sorted, without hidden ones; empty if it cannot be read.
    static func names(in folder: String) -> [String] {
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

    /// A small file's bytes; nil if it cannot be read or is larger than `limit`.
    static func contents(of path: String, limit: Int) -> [UInt8]? {
        guard let size = size(of: path), size <= limit, let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = fread(buffer.baseAddress, 1, size, file)
        }
        return bytes.count == size ? bytes : nil
    }

    /// Makes a folder and its parents.
    static func makeFolder(_ path: String) -> Bool {
        var made = ""
        for component in path.split(separator: "/") {
            made += "/\(component)"
            guard mkdir(made, 0o755) == 0 || errno == EEXIST else { return false }
        }
        return isFolder(path)
    }

    private static func mode(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode : nil
    }
}
