import Glibc

/// The processes of this machine, or container, as `/proc` shows them. All calls read files and so block.
enum ProcessTable {
    /// The pids of the moment.
    static func pids() -> [Int32] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var pids: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let pid = Int32(name) { pids.append(pid) }
        }
        return pids
    }

    /// Nil if there is no such process.
    static func record(of pid: Int32) -> ProcessRecord? {
        contents(of: "/proc/\(pid)/stat").flatMap(ProcessRecord.init(stat:))
    }

    /// The environment it was started with: `NAME=value` texts with a NUL after each. Nil if it may not be read.
    static func environment(of pid: Int32) -> [UInt8]? {
        contents(of: "/proc/\(pid)/environ")
    }

    /// Which PID namespace it lives in: the host sees the processes of containers, but not by the numbers that they
    /// know themselves by. Nil if it may not be read.
    static func namespace(of pid: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/\(pid)/ns/pid", &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
    }

    private static func contents(of path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 * 1024)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count > 0 {
                contents += buffer[..<count]
            } else if count == 0 {
                return contents
            } else if errno != EINTR {
                return nil
            }
        }
    }
}
