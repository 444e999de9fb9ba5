import Support

/// Waits between tries, and says when it has been enough.
struct Patience: Sendable {
    private var budget: RetryBudget
    private var generator = SystemRandomNumberGenerator()
    private let place: String
    /// Told before each wait.
    private let onRetry: @Sendable (String, Duration) -> Void

    init(
        _ policy: PullPolicy,
        at address: WebAddress,
        onRetry: @escaping @Sendable (String, Duration) -> Void = { _, _ in }
    ) {
        budget = RetryBudget(limit: policy.attempts, backoff: policy.backoff)
        place = address.authority
        self.onRetry = onRetry
    }

    /// Returns when the next try is due; throws if there shall be none.
    mutating func wait(after failure: FetchFailure, progress: Int) async throws(PullError) {
        switch failure {
        case .final(let error): throw error
        case .transient(let reason, let retryAfter):
            switch budget.failed(progress: progress, retryAfter: retryAfter, using: &generator) {
            case .giveUp(let attempts): throw .network(reason, at: place, attempts: attempts)
            case .waitAndTryAgain(let wait):
                onRetry("\(place): \(reason)", wait)
                do {
                    try await Task.sleep(for: wait)
                } catch {
                    throw .cancelled
                }
            }
        }
    }
}
