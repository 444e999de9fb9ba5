public import JSON

extension LocalQueue {
    /// Names one request that expects one ``Reply``. The edge chooses it; it is unique among the requests under way.
    public typealias VisitID = Int
    /// The clock's time, given with every event.
    public typealias Instant = ContinuousClock.Instant

    /// What happened. Every event that carries a visit gets exactly one reply to it, now or later.
    public enum Event: Sendable, Hashable {
        // From clients.

        /// A job; answered at once, or when it is done (`wait`, at most so long).
        case submit(VisitID, Submission, wait: Wait)
        /// How does the job stand? Answered at once, or when it is done (`wait`). `retention`: keep its result so long.
        case status(VisitID, job: String, wait: Duration? = nil, retention: Duration? = nil)
        /// The chunks nobody has read yet; with none, wait so long for some or for the end.
        case stream(VisitID, job: String, wait: Duration)
        /// End the job.
        case cancel(VisitID, job: String)
        /// Run a failed job again.
        case retry(VisitID, job: String)
        /// Drop all waiting jobs.
        case purge(VisitID)
        /// How does the queue stand?
        case health(VisitID)

        // From workers.

        /// Asks for a job, or for a batch of up to `count`.
        case take(VisitID, worker: String, count: Int? = nil)
        /// Asks for ids of jobs to stop.
        case stops(VisitID, worker: String)
        /// A piece of a job's output, `size` bytes on the wire.
        case chunk(VisitID, worker: String, job: String, output: JSON, size: Int)
        /// A result, or progress (`{"status": "IN_PROGRESS", …}`).
        case done(VisitID, worker: String, job: String, body: JSON.Object, size: Int)
        /// A heartbeat with the ids of all jobs the worker holds. `unhealthy`: the worker says that it is unfit.
        case ping(VisitID, worker: String, jobs: [String], unhealthy: String? = nil)

        // From the edge.

        /// Whoever waited for this reply is gone; it is not to be given any more.
        case gone(VisitID)
        /// A reply was given, but its connection ended before it was through.
        case undelivered(Reply)
        /// A webhook's receiver took the report, or did not.
        case webhookAnswered(Int, accepted: Bool)
        /// The time that ``LocalQueue/nextDeadline()`` named has come.
        case tick
        /// The queue will end: jobs are neither taken in nor handed out any more, all else goes on.
        case beginClosing
        /// The queue ends: all waiting requests are answered, new ones refused.
        case close
    }

    /// When a submission is answered.
    public enum Wait: Sendable, Hashable {
        /// At once: `/run`.
        case no
        /// When the job is done or this time has passed: `/runsync`. Nil: the default.
        case upTo(Duration?)
    }
}
