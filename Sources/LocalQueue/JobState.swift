/// Where a job stands, in the platform's words.
public enum JobState: String, Sendable, Hashable, CaseIterable {
    /// Waits for a worker.
    case inQueue = "IN_QUEUE"
    /// A worker has it.
    case inProgress = "IN_PROGRESS"
    /// The worker gave a result.
    case completed = "COMPLETED"
    /// The worker gave an error.
    case failed = "FAILED"
    /// A client took it back.
    case cancelled = "CANCELLED"
    /// It ran, or existed, longer than its policy allows.
    case timedOut = "TIMED_OUT"

    /// True when nothing more happens to the job, unless a client retries it.
    public var isFinal: Bool {
        switch self {
        case .inQueue, .inProgress: false
        case .completed, .failed, .cancelled, .timedOut: true
        }
    }

    /// True for the states that a client may retry from.
    public var canBeRetried: Bool { self == .failed || self == .timedOut }
}
