public import JSON

/// How a job ended: what goes to the queue as job-done.
public struct JobResult: Sendable, Hashable {
    /// The answer; absent when there is none.
    public var output: JSON?
    /// Why the job failed. Its presence is what makes the job FAILED for the client, and the platform shows an object
    /// here as COMPLETED without output: so it is always text.
    public var error: String?
    /// Asks the platform to stop this worker after the job.
    public var stopsPod: Bool
    /// Whether chunks were streamed before it.
    public var isStream: Bool

    /// A result in full.
    public init(output: JSON? = nil, error: String? = nil, stopsPod: Bool = false, isStream: Bool = false) {
        self.output = output
        self.error = error
        self.stopsPod = stopsPod
        self.isStream = isStream
    }

    /// A failed job.
    public static func failure(_ message: String, isStream: Bool = false) -> JobResult {
        JobResult(error: message, isStream: isStream)
    }
}
