public import Support

/// What becomes of a chunk or result that the queue did not take. Pure.
///
/// An outage of the queue as a whole is the gate's affair and costs a body nothing but time. A refusal speaks of this
/// body: it is offered again with back-off, unless the status says that it will never be taken.
public struct DeliveryPlan: Sendable {
    /// What to do after a failed attempt.
    public enum Decision: Sendable, Hashable {
        /// As soon as the gate lets it: the queue is away.
        case again
        /// After this wait: the queue is there and refused.
        case retry(after: Duration)
        /// Never again: it will not be taken.
        case reject
        /// The time allowed is over.
        case expire
    }

    /// So often in a row may a queue that is up refuse a body with a status that explains nothing.
    public static let refusals = 6

    private let deadline: Int
    private var backoff: Backoff
    private var refused = 0

    /// - Parameters:
    ///   - deadline: milliseconds since 1970; after it a failure is final
    ///   - backoff: after a refusal
    public init(
        until deadline: Int,
        backoff: Backoff = Backoff(from: .milliseconds(100), to: .seconds(30))
    ) {
        self.deadline = deadline
        self.backoff = backoff
    }

    /// An attempt failed.
    ///
    /// - Parameters:
    ///   - isChunk: true for a chunk: its result holds it, and would else wait for ever behind one that a queue cannot take
    ///     though it answers everything else
    ///   - queueAnswers: whether others' requests were answered since the attempt before
    ///   - now: milliseconds since 1970
    public mutating func failed(
        _ failure: QueueFailure,
        isChunk: Bool,
        queueAnswers: Bool,
        at now: Int,
        using generator: inout some RandomNumberGenerator
    ) -> Decision {
        if failure.isFinal { return .reject }
        if now >= deadline { return .expire }
        if failure.isOutage(of: .result) {
            guard queueAnswers else { return .again }
            // It fails though everybody else is answered: more patience, or it would keep shutting the gate for all.
            if isChunk { refused += 1 }
            return refused >= Self.refusals ? .reject : .retry(after: backoff.next(using: &generator))
        }
        if !failure.isAboutCredentials { refused += 1 }
        return refused >= Self.refusals ? .reject : .retry(after: backoff.next(using: &generator))
    }

    /// A piece was taken: what comes next starts afresh.
    public mutating func succeeded() {
        refused = 0
        backoff.reset()
    }
}

extension QueueFailure {
    /// This body will never be taken: malformed in the queue's eyes, or too large.
    fileprivate var isFinal: Bool { kind == .status(400) || kind == .status(413) }

    /// Nothing is wrong with the body; a key may be mended while it waits.
    fileprivate var isAboutCredentials: Bool { kind == .status(401) || kind == .status(403) }
}
