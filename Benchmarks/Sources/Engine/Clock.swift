import Glibc

/// One clock for everything: the queue, the engine and the measuring are one process.
typealias Instant = ContinuousClock.Instant

/// Blocks the calling thread. The kernel wakes it some 50 µs late.
func pause(until moment: Instant) {
    while true {
        let left = Instant.now.duration(to: moment)
        guard left > .zero else { return }
        let (seconds, attoseconds) = left.components
        var request = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        nanosleep(&request, nil)
    }
}

func pause(for duration: Duration) {
    pause(until: .now + duration)
}

extension Instant {
    /// Milliseconds from `earlier` to here; negative if `earlier` is later.
    func milliseconds(since earlier: Instant) -> Double {
        earlier.duration(to: self) / .milliseconds(1)
    }
}
