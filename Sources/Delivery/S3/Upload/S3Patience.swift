import Support

/// When to send one request again, and when enough is enough.
struct S3Patience: Sendable {
    /// What to do after a failure.
    enum Step: Sendable, Hashable {
        /// Wait so long, then send it again.
        case wait(Duration)
        /// Send it again at once, signed for that region.
        case sign(for: String)
        /// Nothing more.
        case giveUp(S3UploadError)
    }

    private let attempts: Int
    private var backoff: Backoff
    private var hasMoved = false

    /// - Parameter attempts: how often it is sent at most
    init(attempts: Int, backoff: Backoff) {
        self.attempts = attempts
        self.backoff = backoff
    }

    /// - Parameter remaining: until the upload as a whole must be done
    mutating func step(
        after failure: S3Failure,
        of target: S3Target,
        remaining: Duration,
        using generator: inout some RandomNumberGenerator
    ) -> Step {
        switch failure {
        case .final(let error): return .giveUp(error)
        case .otherRegion(let region):
            // Once: two servers behind one name that disagree would send us to and fro.
            guard !hasMoved else {
                return .giveUp(
                    S3UploadError(
                        .wrongRegion,
                        "\(target.authority) names one region after the other; the last: \(region)"
                    )
                )
            }
            hasMoved = true
            return .sign(for: region)
        case .transient(let reason, let retryAfter):
            let drawn = backoff.next(using: &generator)
            let wait = max(drawn, retryAfter ?? .zero)
            let tries = "\(backoff.failures) \(backoff.failures == 1 ? "attempt" : "attempts")"
            guard wait < remaining else {
                return .giveUp(
                    S3UploadError(.outOfTime, "no time is left for the upload to \(target): \(reason) (\(tries))")
                )
            }
            guard backoff.failures < attempts else {
                return .giveUp(S3UploadError(.unreachable, "the upload to \(target) failed: \(reason) (\(tries))"))
            }
            return .wait(wait)
        }
    }
}
