import Support

/// Notices that a request makes no progress.
final class StallWatch: Sendable {
    /// A sleep that is cancelled leaves its timer (0.7 KB) in libdispatch until it would have ended: requests that last
    /// milliseconds, each with a sleep of two minutes, pile up 10 MB of them.
    private static let longestSleep = Duration.seconds(1)

    private let last = Lock(ContinuousClock.now)

    /// A token, or a sign of prefill.
    func touch() {
        let now = ContinuousClock.now
        last.withLock { $0 = now }
    }

    /// How long ago the last sign was.
    var silence: Duration { last.withLock { $0 }.duration(to: .now) }

    /// Returns true when nothing was touched for `timeout`, false when its task is cancelled before.
    func waitForStall(of timeout: Duration) async -> Bool {
        while !Task.isCancelled {
            let deadline = last.withLock { $0 } + timeout
            let now = ContinuousClock.now
            if now >= deadline {
                guard Self.hasSlept(past: deadline, at: now) else { return true }
                touch()
            } else {
                try? await Task.sleep(until: Self.nextLook(at: now, before: deadline), clock: .continuous)
            }
        }
        return false
    }

    /// When to look again: at the deadline, or as late as one sleep may last.
    static func nextLook(
        at now: ContinuousClock.Instant,
        before deadline: ContinuousClock.Instant
    ) -> ContinuousClock.Instant {
        min(deadline, now + longestSleep)
    }

    /// Whether the silence may be our own: who wakes that late was stopped itself (SIGSTOP, a snapshot), and what the
    /// engine said meanwhile lies unread in the socket. It gets the time once more.
    static func hasSlept(past deadline: ContinuousClock.Instant, at now: ContinuousClock.Instant) -> Bool {
        deadline.duration(to: now) > .seconds(1)
    }
}
