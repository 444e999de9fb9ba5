import Glibc

/// What a process has of the kernel's, and who descends from it: what must be the same after a thousand jobs more.
public struct Holdings: Sendable {
    /// Resident bytes of the process itself.
    public let memory: Int
    /// The most that it ever had.
    public let peakMemory: Int
    /// Open files and sockets.
    public let descriptors: Int
    /// Its threads.
    public let threads: Int
    /// Its children and theirs.
    public let descendants: [Int32]

    /// As it stands now.
    public init(of pid: Int32) throws {
        let status = String(decoding: try Fixture.bytes(of: "/proc/\(pid)/status"), as: UTF8.self)
        func field(_ name: String) -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix("\(name):") } ?? ""
            return line.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) } ?? 0
        }
        memory = field("VmRSS") << 10
        peakMemory = field("VmHWM") << 10
        threads = field("Threads")
        descriptors = Self.entries(of: "/proc/\(pid)/fd").count
        descendants = Self.descendants(of: pid)
    }

    private static func descendants(of pid: Int32) -> [Int32] {
        var family = [pid]
        var next = 0
        while next < family.count {
            for thread in entries(of: "/proc/\(family[next])/task") {
                let path = "/proc/\(family[next])/task/\(thread)/children"
                let children = (try? Fixture.bytes(of: path)) ?? []
                family += String(decoding: children, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
            }
            next += 1
        }
        return Array(family.dropFirst())
    }

    private static func entries(of path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
