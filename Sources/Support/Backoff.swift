/// How long to wait before trying again: doubling from `base` to `cap`, with jitter.
///
/// Full jitter (anything from zero to the limit) keeps a fleet of workers from knocking in step after an outage. Where the
/// number of attempts is promised, a share of the limit is waited for certain.
public struct Backoff: Sendable, Equatable {
    private let base: Duration
    private let cap: Duration
    private let certain: Double
    /// Failures in a row so far.
    public private(set) var failures = 0

    /// - Parameters:
    ///   - base: the limit of the first wait
    ///   - cap: what the limit grows to
    ///   - certain: the share of the limit, from 0 to 1, that no draw goes below
    public init(from base: Duration = .milliseconds(50), to cap: Duration = .seconds(15), certain: Double = 0) {
        self.base = base
        self.cap = cap
        self.certain = certain
    }

    /// The limit of the next wait, before jitter.
    public var limit: Duration {
        // 2^30 × any base is beyond every cap in use; the bound keeps the shift from overflowing.
        min(cap, base * (1 << min(failures, 30)))
    }

    /// Counts a failure and draws the wait after it.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let limit = limit
        failures += 1
        return limit * Double.random(in: certain...1, using: &generator)
    }

    /// A success: the next failure starts from `base` again.
    public mutating func reset() {
        failures = 0
    }
}
