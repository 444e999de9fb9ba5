import Glibc
import Support

/// A process and everything that descends from it: the SDK's heartbeat is a process of its own.
struct ProcessTree: Sendable {
    let pids: [pid_t]

    /// As it stands now.
    init(root: pid_t) {
        var children: [pid_t: [pid_t]] = [:]
        for pid in Self.allProcesses() {
            if let parent = Self.parent(of: pid) { children[parent, default: []].append(pid) }
        }
        var tree = [root]
        var next = 0
        while next < tree.count {
            tree += children[tree[next]] ?? []
            next += 1
        }
        pids = tree
    }

    /// Bytes that are resident: shared pages count in each process (RSS), or by their share (PSS).
    var memory: (resident: Int, proportional: Int) {
        pids.reduce(into: (0, 0)) { sum, pid in
            for line in Self.text("/proc/\(pid)/smaps_rollup").split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count >= 2, let kibibytes = Int(words[1]) else { continue }
                if words[0] == "Rss:" { sum.0 += kibibytes * 1024 }
                if words[0] == "Pss:" { sum.1 += kibibytes * 1024 }
            }
        }
    }

    /// Processor time used so far, from the kernel's nanosecond clocks: the ticks in `/proc` are of 10 ms, more than an
    /// idle worker uses in ten seconds.
    var processorTime: Duration {
        pids.reduce(.zero) { sum, pid in
            var clock = clockid_t()
            var time = timespec()
            guard clock_getcpuclockid(pid, &clock) == 0, clock_gettime(clock, &time) == 0 else { return sum }
            return sum + .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
    }

    private static func allProcesses() -> [pid_t] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var pids: [pid_t] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let pid = pid_t(name) { pids.append(pid) }
        }
        return pids
    }

    /// The second field behind the name, which stands in brackets and may hold anything.
    private static func parent(of pid: pid_t) -> pid_t? {
        let status = text("/proc/\(pid)/stat")
        guard let bracket = status.lastIndex(of: ")") else { return nil }
        let fields = status[bracket...].split(separator: " ")
        return fields.count > 2 ? pid_t(fields[2]) : nil
    }

    private static func text(_ path: String) -> String {
        String(decoding: SmallFile.bytes(of: path) ?? [], as: UTF8.self)
    }
}
