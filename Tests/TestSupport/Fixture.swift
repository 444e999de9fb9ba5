import Glibc

/// Where the things lie that tests start and read.
public enum Fixture {
    /// The path of an executable target of this package. It lies beside the running test program, and is built whenever
    /// the test target lists it among its dependencies.
    public static func executable(_ name: String) throws(SocketError) -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0 else { throw .last("readlink /proc/self/exe") }
        let own = String(decoding: buffer[..<count], as: UTF8.self)
        let path = "\(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])/\(name)"
        guard access(path, X_OK) == 0 else { throw .last("\(path) (is \(name) among the test target's dependencies?)") }
        return path
    }

    /// A file or folder under `Tests/Fixtures`.
    public static func path(_ name: String) -> String {
        let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
        return "\(tests)/Fixtures/\(name)"
    }

    /// A whole file.
    public static func bytes(of path: String) throws(SocketError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("open \(path)") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw .last("read \(path)") }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
