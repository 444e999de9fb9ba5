public import JSON
public import Jobs

/// The queue of a worker that has none: all it does comes over its own port.
public struct NoQueue: JobQueue {
    /// A queue that never has a job.
    public init() {}

    /// Waits until nobody waits any more.
    public func take(upTo count: Int, jobInProgress: Bool) async throws(QueueFailure) -> [TakenItem] {
        try await untilCancelled()
    }

    /// Waits until nobody waits any more, too: a queue without such a channel would be warned of.
    public func jobsToStop() async throws(QueueFailure) -> [String]? {
        try await untilCancelled()
    }

    private func untilCancelled() async throws(QueueFailure) -> Never {
        let (nothing, end) = AsyncStream<Void>.makeStream()
        for await _ in nothing {}
        end.finish()
        throw QueueFailure(.cancelled, "the worker ends")
    }

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
