import Glibc
import Support

/// What this process uses of the machine, under the names that all Prometheus clients give it.
public struct ProcessMetrics: Sendable {
    private let startTime: Double?

    /// - Parameter age: how long this process has run
    public init(age: Duration?) {
        // Once: a wall clock that is set later must not seem to start the process anew.
        startTime = age.map { WallClock.now.secondsSince1970 - $0.inSeconds }
    }

    /// As of now. Reads small files of `/proc`, which takes tens of microseconds.
    public func families() -> [MetricFamily] {
        let values: [(MetricDescription, Double?)] = [
            (.residentMemory, Self.residentBytes()), (.processorTime, Self.processorSeconds()),
            (.openDescriptors, Self.openDescriptors()), (.descriptorLimit, Self.descriptorLimit()),
            (.processStart, startTime),
        ]
        return values.compactMap { description, value in
            value.map { MetricFamily(description, [(labels: [], value: $0)]) }
        }
    }

    private static func residentBytes() -> Double? {
        // `size resident shared …` in pages.
        guard let bytes = SmallFile.bytes(of: "/proc/self/statm") else { return nil }
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard fields.count > 1, let pages = Double(fields[1]) else { return nil }
        return pages * Double(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func processorSeconds() -> Double? {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return nil }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func openDescriptors() -> Double? {
        guard let folder = opendir("/proc/self/fd") else { return nil }
        defer { closedir(folder) }
        var entries = 0
        while readdir(folder) != nil { entries += 1 }
        // Without `.`, `..` and the descriptor that this look itself takes.
        return Double(entries - 3)
    }

    private static func descriptorLimit() -> Double? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Double(limit.rlim_cur)
    }
}

extension MetricDescription {
    fileprivate static let residentMemory = MetricDescription(
        "process_resident_memory_bytes",
        "Resident memory size in bytes.",
        kind: .gauge
    )
    fileprivate static let processorTime = MetricDescription(
        "process_cpu_seconds_total",
        "Total user and system CPU time spent in seconds.",
        kind: .counter
    )
    fileprivate static let openDescriptors = MetricDescription(
        "process_open_fds",
        "Number of open file descriptors.",
        kind: .gauge
    )
    fileprivate static let descriptorLimit = MetricDescription(
        "process_max_fds",
        "Maximum number of open file descriptors.",
        kind: .gauge
    )
    fileprivate static let processStart = MetricDescription(
        "process_start_time_seconds",
        "Start time of the process since the Unix epoch in seconds.",
        kind: .gauge
    )
}
