import Support

/// How often one connection may fail in a row before it gives up.
///
/// A failure counts anew once any byte of the blob has come since the last one, on whatever connection: a server that
/// serves four of our eight connections and turns the others away is slow, not down.
struct RetryBudget: Sendable {
    /// What to do after a failure.
    enum Verdict: Sendable, Equatable {
        case waitAndTryAgain(Duration)
        case giveUp(attempts: Int)
    }

    private let limit: Int
    private var backoff: Backoff
    private var progressAtLastFailure: Int?

    /// - Parameter limit: the failure in a row at which it is over
    init(limit: Int, backoff: Backoff) {
        self.limit = limit
        self.backoff = backoff
    }

    /// - Parameters:
    ///   - progress: bytes of the blob that have come so far
    ///   - retryAfter: the least wait that the server asked for
    mutating func failed(
        progress: Int,
        retryAfter: Duration? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Verdict {
        if let last = progressAtLastFailure, progress > last { backoff.reset() }
        progressAtLastFailure = progress
        let wait = backoff.next(using: &generator)
        guard backoff.failures < limit else { return .giveUp(attempts: backoff.failures) }
        return .waitAndTryAgain(max(wait, retryAfter ?? .zero))
    }
}
