import Glibc
import Support

/// What the machine's clocks said at one moment, and how long the thread that asked has waited for a core so far.
///
/// | what happened | monotonic | boot time | real time |
/// | --- | --- | --- | --- |
/// | SIGSTOP, a frozen cgroup, CRIU on the same machine | runs on | runs on | runs on |
/// | a VM restored from its memory | stands still | stands still | jumps, at once or when the time is set |
/// | a machine that slept | stands still | runs on | runs on |
/// | a container checkpoint (gVisor) | stands still | stands still | runs on |
public struct ClockReading: Sendable, Hashable {
    /// `CLOCK_MONOTONIC`.
    public var monotonic: Duration
    /// `CLOCK_BOOTTIME`.
    public var bootTime: Duration
    /// `CLOCK_REALTIME`.
    public var realTime: Duration
    /// How long this thread was ready to run and got no core, since it began; nil where the kernel does not count it.
    public var waitedForCore: Duration?

    /// A reading in full.
    public init(monotonic: Duration, bootTime: Duration, realTime: Duration, waitedForCore: Duration? = nil) {
        self.monotonic = monotonic
        self.bootTime = bootTime
        self.realTime = realTime
        self.waitedForCore = waitedForCore
    }

    /// Reads the clocks. Blocks for the time of a small file.
    public static func now() -> ClockReading {
        ClockReading(
            monotonic: time(of: CLOCK_MONOTONIC),
            bootTime: time(of: CLOCK_BOOTTIME),
            realTime: time(of: CLOCK_REALTIME),
            waitedForCore: runQueueWait()
        )
    }

    static func time(of clock: clockid_t) -> Duration {
        var time = timespec()
        clock_gettime(clock, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// The second number: nanoseconds on a run queue. A stopped or frozen thread is on none.
    private static func runQueueWait() -> Duration? {
        guard let bytes = SmallFile.bytes(of: "/proc/thread-self/schedstat", limit: 256) else { return nil }
        let numbers = String(decoding: bytes, as: UTF8.self).split(separator: " ")
        guard numbers.count >= 2, let nanoseconds = Int64(numbers[1]) else { return nil }
        return .nanoseconds(nanoseconds)
    }
}
