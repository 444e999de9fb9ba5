/// What the platform's protocol is made of, as far as a fault can strike it.
public enum QueueRoute: String, Sendable, Hashable, CaseIterable {
    /// `job-take` and `job-take-batch`.
    case take = "job-take"
    /// `job-stop`
    case stop = "job-stop"
    /// `job-stream`
    case stream = "job-stream"
    /// `job-done` with a result.
    case done = "job-done"
    /// `job-done` with the status `IN_PROGRESS`.
    case progress
    /// `ping`
    case ping
}

/// One way in which a queue fails a request that it has read whole.
public enum Fault: Sendable, Hashable {
    /// An answer with this status, and with `Retry-After` if seconds are given.
    case status(Int, retryAfter: Int? = nil)
    /// The connection breaks with RST; nothing was accepted.
    case reset
    /// No answer as long as the client waits.
    case hang
    /// What was sent is accepted, or jobs are handed out, and the connection breaks before the answer.
    case lostAnswer
    /// The right answer, so much later.
    case slow(Duration)
    /// 200 with what no worker should believe; nothing was accepted, nothing is handed out.
    case garbage(Garbage)
}

/// Bodies of a hostile or broken queue.
public enum Garbage: String, Sendable, Hashable, CaseIterable {
    /// `Content-Length: 0`
    case empty
    /// Half of a job, and the end of the answer.
    case truncated
    /// Fewer bytes than the head promised, and the end of the connection.
    case cut
    /// A job whose input is 100 MB of text.
    case huge
    /// Chunks without end.
    case endless
    /// A byte now and then, for as long as the client listens.
    case trickle
    /// 100,000 brackets.
    case deep
    /// A job whose id is not UTF-8.
    case invalidText
    /// A page where JSON should be.
    case otherType
    /// JSON that is no job: a number.
    case number
    /// A list of which no item is a job.
    case noJobs
    /// A job without input.
    case noInput
    /// Bytes that are no HTTP at all.
    case notHTTP
}
