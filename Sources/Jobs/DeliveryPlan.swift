public import Support

/// How often a chunk or result is offered to the queue before it is given up.
public struct DeliveryPlan: Sendable {
    /// What to do after a failed attempt.
    public enum Decision: Sendable, Hashable {
        /// Try again after this wait.
        case retry(after: Duration)
        /// The time allowed is over.
        case giveUp
    }

    private var backoff: Backoff
    private let deadline: ContinuousClock.Instant

    /// - Parameters:
    ///   - deadline: after it a failure is final
    ///   - backoff: of one chunk or result alone; outages of the whole queue are the gate's
    public init(
        until deadline: ContinuousClock.Instant,
        backoff: Backoff = Backoff(from: .milliseconds(100), to: .seconds(30))
    ) {
        self.deadline = deadline
        self.backoff = backoff
    }

    /// An attempt failed.
    public mutating func failed(
        at now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        now >= deadline ? .giveUp : .retry(after: backoff.next(using: &generator))
    }
}
