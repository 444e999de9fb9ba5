public import JSON
public import Jobs

/// The queue of a worker that has none: all it does comes over its own port.
public struct NoQueue: JobQueue {
    /// A queue that never has a job.
    public init() {}

    /// Waits until nobody waits any more.
    public func take(upTo count: Int, jobInProgress: Bool) async throws(QueueFailure) -> [TakenItem] {
        let (nothing, _) = AsyncStream<Void>.makeStream()
        for await _ in nothing {}
        throw QueueFailure(.cancelled, "the worker ends")
    }

    /// There is no such channel.
    public func jobsToStop() async throws(QueueFailure) -> [String]? { nil }
    /// Nowhere.
    public func address(of jobID: String, isStream: Bool) -> ReturnAddress {
        ReturnAddress(job: jobID, result: "", stream: "")
    }
    /// None is.
    public func owns(_ address: ReturnAddress) -> Bool { false }
    /// Sent by nobody.
    public func body(ofChunk chunk: JSON) -> [UInt8] { chunk.bytes }
    /// Sent by nobody.
    public func body(of result: JobResult) -> [UInt8] { [] }
    /// There are no jobs whose output could be handed on.
    public func stream(_ chunk: [UInt8], to address: ReturnAddress) async throws(QueueFailure) {}
    /// There are no jobs whose results could be handed in.
    public func finish(_ result: [UInt8], to address: ReturnAddress) async throws(QueueFailure) {}
    /// There is nobody to tell.
    public func heartbeat(jobIDs: [String]) async throws(QueueFailure) {}
}
