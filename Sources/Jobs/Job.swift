public import JSON

/// One unit of work from the queue.
public struct Job: Sendable, Hashable {
    /// The queue's name for it.
    public let id: String
    /// What the client asked for.
    public let input: JSON
    /// The whole object the queue sent: `id`, `input` and whatever stands beside them (`policy`, `s3Config`, `batchId` …).
    public let fields: JSON.Object

    /// A job as the queue sent it.
    public init(id: String, input: JSON, fields: JSON.Object = [:]) {
        self.id = id
        self.input = input
        self.fields = fields
    }
}

/// One item of a take: a job, or what was meant to be one.
///
/// A malformed item never harms its neighbours in the batch.
public enum TakenItem: Sendable, Hashable {
    /// A job to run.
    case job(Job)
    /// An item that lacks `id` or `input`; with an id it can be answered.
    case malformed(id: String?, reason: String)
}
