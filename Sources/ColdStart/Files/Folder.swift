import Compression
import Glibc

/// A folder of the state.
enum Folder {
    /// The names in it, sorted.
    static func names(in path: String) throws(FileTrouble) -> [String] {
        guard let folder = opendir(path) else { throw FileTrouble("open", path, code: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes it, with those above it, if it is not there.
    static func make(_ path: String) throws(FileTrouble) {
        if isFolder(path) { return }
        if let slash = path.dropLast().lastIndex(of: "/"), slash != path.startIndex {
            try make(String(path[..<slash]))
        }
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw FileTrouble("make", path, code: errno) }
    }

    /// The operation of a file that can be read and is damaged.
    static let unpacking = "unpack"

    /// Reads a file whole, unpacking it if its name ends in `.gz`.
    static func contents(of path: String, limit: Int = 256 << 20) throws(FileTrouble) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileTrouble("open", path, code: errno) }
        defer { close(descriptor) }
        let bytes = try AppendFile.read(descriptor, path, limit: limit)
        guard path.hasSuffix(".gz") else { return bytes }
        do {
            return try Gzip.unpack(bytes, limit: limit)
        } catch {
            throw FileTrouble(unpacking, path, error.description)
        }
    }
}
