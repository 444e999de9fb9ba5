import JSON

/// All the queue knows about a job.
struct JobRecord: Sendable {
    let id: String
    let isSync: Bool
    let webhook: String?
    let policy: Policy
    /// What a worker is given; dropped once the job can not run again.
    var fields: JSON.Object?
    var inputBytes: Int
    var outputBytes = 0

    var state = JobState.inQueue
    var submitted: ContinuousClock.Instant
    var started: ContinuousClock.Instant?
    var ended: ContinuousClock.Instant?
    var retention: Duration
    /// When its result may be dropped, once it has ended.
    var keptUntil: ContinuousClock.Instant
    /// Its place among the waiting or the finished.
    var ticket = 0

    var worker: String?
    /// Workers that were thought lost with it. What they send of it is still good.
    var formerWorkers: Set<String> = []
    /// When its worker last showed that it has the job.
    var lastSign: ContinuousClock.Instant

    var output: JSON?
    var error: String?
    var chunks: [LocalQueue.Chunk] = []
    var unreadBytes = 0

    /// Requests that wait for its end.
    var watchers: [LocalQueue.VisitID] = []
    /// Requests that wait for its next chunk.
    var readers: [LocalQueue.VisitID] = []

    init(_ submission: Submission, isSync: Bool, retention: Duration, at now: ContinuousClock.Instant) {
        id = submission.id
        self.isSync = isSync
        webhook = submission.webhook
        policy = submission.policy
        fields = submission.fields
        inputBytes = submission.size
        self.retention = retention
        submitted = now
        keptUntil = now
        lastSign = now
    }

    var report: JobReport {
        JobReport(
            id: id,
            state: state,
            delay: started.map { submitted.duration(to: $0) },
            execution: ended.flatMap { ended in started.map { $0.duration(to: ended) } },
            output: output,
            error: error,
            worker: worker
        )
    }

    var bytes: Int { inputBytes + outputBytes + unreadBytes }
}

/// All the queue knows about a worker.
struct WorkerRecord: Sendable {
    var lastContact: ContinuousClock.Instant
    /// A worker that never sends heartbeats is judged by its requests instead of by the heartbeat's list.
    var hasPinged = false
    var isUnhealthy = false
    var jobs: Set<String> = []
    /// Its requests that are held now.
    var openVisits = 0
    var stopPoll: LocalQueue.VisitID?
    var pendingStops: [String] = []
}

/// A request that waits for its reply.
enum Visit: Sendable {
    case take(worker: String, count: Int?, ticket: Int)
    case stops(worker: String)
    case watcher(job: String)
    case reader(job: String)
}

/// What can come up with time.
enum Deadline: Hashable, Sendable {
    case job(String)
    case worker(String)
    case visit(LocalQueue.VisitID)
    case webhook(Int)
}

/// A report that is on its way to a client.
struct Webhook: Sendable {
    let job: String
    let url: String
    let body: JSON
    var tries = 1
}
