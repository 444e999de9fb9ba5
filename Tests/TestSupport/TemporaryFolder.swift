import Glibc

/// A new empty folder, removed with all that is in it when the last reference goes: hold it with `defer { folder.remove() }`
/// or in the suite's own properties.
public final class TemporaryFolder: Sendable {
    /// Absolute, without a slash at the end.
    public let path: String

    /// Makes it under TMPDIR (`/tmp` if unset).
    public init(_ prefix: String = "kindling") throws(SocketError) {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw .last("mkdtemp") }
        path = String(cString: made)
    }

    deinit {
        remove()
    }

    /// The path of an entry.
    public func path(_ name: String) -> String {
        "\(path)/\(name)"
    }

    /// Writes a file, with the folders above it.
    @discardableResult public func write(_ name: String, _ bytes: [UInt8]) throws(SocketError) -> String {
        let target = path(name)
        var parent = path
        for part in name.split(separator: "/").dropLast() {
            parent += "/\(part)"
            guard mkdir(parent, 0o755) == 0 || errno == EEXIST else { throw .last("mkdir \(parent)") }
        }
        let descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .last("open \(target)") }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { throw .last("write \(target)") }
            rest = rest.dropFirst(count)
        }
        return target
    }

    /// Removes it now; a second time does nothing.
    public func remove() {
        removeTree(path)
    }
}

/// Depth first; a link is removed instead of followed.
private func removeTree(_ path: String) {
    // `remove` fails on a folder that is not empty, and only then is it worth looking inside.
    guard remove(path) != 0, errno == ENOTEMPTY || errno == EEXIST, let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { removeTree("\(path)/\(name)") }
    }
    closedir(folder)
    rmdir(path)
}
