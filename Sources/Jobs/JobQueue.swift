public import JSON

/// Where jobs come from and results go.
///
/// Every call is one attempt; when to try again is decided by the worker's pure machines, not here.
public protocol JobQueue: Sendable {
    /// Waits at the queue for up to `count` jobs. Empty: the queue had none.
    func take(upTo count: Int, jobInProgress: Bool) async throws(QueueFailure) -> [TakenItem]
    /// Waits at the queue for ids of jobs to cancel. Nil: this queue has no stop channel.
    func jobsToStop() async throws(QueueFailure) -> [String]?
    /// Where the answers to a job go.
    ///
    /// - Parameter isStream: whether chunks come before the result, which is told with it
    func address(of jobID: String, isStream: Bool) -> ReturnAddress
    /// Whether answers for this address are this queue's: nobody else may see its credential.
    func owns(_ address: ReturnAddress) -> Bool
    /// A piece of a job's output as this queue takes it.
    func body(ofChunk chunk: JSON) -> [UInt8]
    /// A job's result as this queue takes it.
    func body(of result: JobResult) -> [UInt8]
    /// Hands on a piece of a job's output.
    func stream(_ chunk: [UInt8], to address: ReturnAddress) async throws(QueueFailure)
    /// Hands in a job's result.
    func finish(_ result: [UInt8], to address: ReturnAddress) async throws(QueueFailure)
    /// Tells the job's client how far it is, while it runs. Of no use once the result has been handed in.
    func progress(_ output: JSON, of jobID: String) async throws(QueueFailure)
    /// Uses no connection again that is open now: they may lead nowhere any more.
    func dropConnections()
    /// Tells the queue that this worker lives and which jobs it holds.
    func heartbeat(jobIDs: [String]) async throws(QueueFailure)
}

extension JobQueue {
    /// This queue's clients do not see progress.
    public func progress(_ output: JSON, of jobID: String) async throws(QueueFailure) {}
    /// This queue keeps no connections.
    public func dropConnections() {}
}

/// Why the queue did not do what was asked.
public struct QueueFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as far as the next attempt cares.
    public enum Kind: Sendable, Hashable {
        /// No connection, or it broke.
        case unreachable
        /// Nothing came within the time allowed. After a long poll this is no outage.
        case timedOut
        /// An answer with this status.
        case status(Int)
        /// A 2xx whose body is not what the protocol says.
        case garbage
        /// Cancelled by ourselves.
        case cancelled
    }

    /// What went wrong.
    public let kind: Kind
    /// The queue's own word on when to come again.
    public let retryAfter: Duration?
    /// What it said with an error status, as far as it is worth keeping.
    public let answer: String?
    /// For a person.
    public let description: String

    /// A failure in full.
    public init(_ kind: Kind, retryAfter: Duration? = nil, answer: String? = nil, _ description: String) {
        self.kind = kind
        self.retryAfter = retryAfter
        self.answer = answer
        self.description = description
    }
}
