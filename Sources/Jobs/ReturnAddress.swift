/// Where the answers to one job go: whole URLs, so that a result that outlives its worker still reaches the queue that
/// the job came from.
public struct ReturnAddress: Sendable, Hashable {
    /// The job's id.
    public let job: String
    /// Where its result is posted.
    public let result: String
    /// Where its chunks are posted.
    public let stream: String

    /// An address.
    public init(job: String, result: String, stream: String) {
        self.job = job
        self.result = result
        self.stream = stream
    }
}
