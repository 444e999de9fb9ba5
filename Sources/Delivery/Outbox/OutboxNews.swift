/// What an operator should hear about the outbox, besides what its callers are told.
public enum OutboxNews: Sendable, Hashable, CustomStringConvertible {
    /// Something failed that no caller is told of. Of its kind, told once an hour.
    case trouble(OutboxTrouble)
    /// A file is not what was written; it lies at this path now and is never sent.
    case damaged(path: String, reason: String)
    /// A file of a newer worker, which only such a one can read; it was left where it is.
    case unreadable(path: String, reason: String)
    /// These results of a worker that is no more are this one's from now on.
    case tookOver(results: Int, from: String)
    /// Rejected results were thrown away, the oldest first, because there were too many or they were too old. Told once an
    /// hour.
    case discarded(results: Int, folder: String)

    /// One sentence for the log.
    public var description: String {
        switch self {
        case .trouble(let trouble): trouble.description
        case .damaged(let path, let reason):
            "a stored result is damaged and will not be sent: \(reason); it is kept as \(path)"
        case .unreadable(let path, let reason): "a stored result was left alone: \(reason); it is \(path)"
        case .tookOver(let results, let worker):
            "took over \(results) undelivered \(results == 1 ? "result" : "results") of worker \(worker), which is gone"
        case .discarded(let results, let folder):
            "threw away the \(results == 1 ? "oldest rejected result" : "\(results) oldest rejected results") in \(folder)"
        }
    }
}
