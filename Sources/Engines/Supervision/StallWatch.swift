import Support

/// When something last gave a sign of life.
final class StallWatch: Sendable {
    private let last = Lock(ContinuousClock.now)

    /// A token, or a sign of prefill.
    func touch() {
        let now = ContinuousClock.now
        last.withLock { $0 = now }
    }

    var lastSign: ContinuousClock.Instant { last.withLock { $0 } }

    /// How long ago the last sign was.
    var silence: Duration { lastSign.duration(to: .now) }
}
