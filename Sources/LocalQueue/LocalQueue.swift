/// A queue in the manner of RunPod's, both sides of it, without a socket or a clock: events in, actions out.
///
/// How a job goes through it:
/// 1. `submit` puts it in line; a worker's `take` that waits gets it in the same moment.
/// 2. The worker streams chunks, reports progress, and lists the job in its heartbeat.
/// 3. `done` ends it: whoever waits is answered, a webhook is posted, the result is kept for a while.
///
/// A job of which nothing is heard for three heartbeat intervals goes back in line. So does one whose hand-out did not
/// get through; that one goes to the front. Whatever a worker that was thought lost still sends is taken, if it comes
/// before somebody else's result: finished work is never thrown away.
///
/// No event costs more than O(log n) in the number of jobs.
public struct LocalQueue: Sendable {
    /// How long things are held and how much is kept.
    public let settings: Settings

    var jobs: [String: JobRecord] = [:]
    var workers: [String: WorkerRecord] = [:]
    var visits: [VisitID: Visit] = [:]
    var webhooks: [Int: Webhook] = [:]

    /// Ids of jobs that wait for a worker.
    var waiting = Line<String>()
    /// Takes that wait for a job.
    var polls = Line<VisitID>()
    /// Ids of jobs whose results are kept.
    var finished = Line<String>()
    var deadlines = Deadlines<Deadline>()

    /// Counts since the beginning, and of what runs now.
    var totals = QueueHealth()
    /// Bytes of all inputs and outputs that are kept.
    var bytes = 0
    var nextWebhook = 0
    var stage = Stage.open
    private var actions: [Action] = []

    /// An empty queue.
    public init(settings: Settings = Settings()) {
        self.settings = settings
    }

    /// When to send a ``Event/tick``, if nothing else happens before.
    public mutating func nextDeadline() -> Instant? {
        deadlines.next()
    }

    /// Takes in an event. What is overdue at `now` happens before it.
    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        expire(at: now)
        switch event {
        case .submit(let visit, let submission, let wait): submit(visit, submission, wait, at: now)
        case .status(let visit, let job, let wait, let retention): status(visit, job, wait, retention, at: now)
        case .stream(let visit, let job, let wait): stream(visit, job, wait, at: now)
        case .cancel(let visit, let job): cancel(visit, job, at: now)
        case .retry(let visit, let job): retry(visit, job, at: now)
        case .purge(let visit): purge(visit, at: now)
        case .health(let visit): reply(visit, .health(health()))
        case .take(let visit, let worker, let count): take(visit, worker, count, at: now)
        case .stops(let visit, let worker): stops(visit, worker, at: now)
        case .chunk(let visit, let worker, let job, let output, let size):
            chunk(visit, worker, job, Chunk(output: output, size: size), at: now)
        case .done(let visit, let worker, let job, let body, let size): done(visit, worker, job, body, size, at: now)
        case .ping(let visit, let worker, let jobs, let unhealthy): ping(visit, worker, jobs, unhealthy, at: now)
        case .gone(let visit): release(visit)
        case .undelivered(let reply): takeBack(reply, at: now)
        case .webhookAnswered(let webhook, let accepted): webhookAnswered(webhook, accepted, at: now)
        case .tick: break
        case .beginClosing: beginClosing()
        case .close: close()
        }
        defer { actions = [] }
        return actions
    }

    mutating func emit(_ action: Action) {
        actions.append(action)
    }

    mutating func reply(_ visit: VisitID, _ reply: Reply) {
        emit(.reply(visit, reply))
    }

    private func health() -> QueueHealth {
        var health = totals
        health.inQueue = waiting.count
        for worker in workers.values {
            if worker.isUnhealthy {
                health.unhealthy += 1
            } else if worker.jobs.isEmpty {
                health.idle += 1
            } else {
                health.running += 1
            }
        }
        return health
    }

    private mutating func beginClosing() {
        stage = max(stage, .closing)
        // Whoever is told to take nothing more must not be kept waiting for something to take.
        while let poll = polls.popFirst() {
            if release(poll) != nil { reply(poll, .nothing) }
        }
    }

    private mutating func close() {
        stage = .closed
        for id in visits.keys.sorted() {
            guard let visit = release(id) else { continue }
            switch visit {
            case .take, .stops: reply(id, .nothing)
            case .watcher, .reader: reply(id, .refused(.closing))
            }
        }
    }
}

extension LocalQueue {
    /// How far the queue's end has come.
    enum Stage: Comparable {
        /// Everything is done.
        case open
        /// No more jobs come in or go out; those under way are brought to their ends.
        case closing
        /// Nobody is held any more either.
        case closed
    }
}

// MARK: Held requests

extension LocalQueue {
    mutating func hold(_ id: VisitID, _ visit: Visit, until deadline: Instant) {
        visits[id] = visit
        deadlines.set(.visit(id), at: deadline)
        switch visit {
        case .take(let worker, _, _), .stops(let worker): workers[worker]?.openVisits += 1
        case .watcher(let job): jobs[job]?.watchers.append(id)
        case .reader(let job): jobs[job]?.readers.append(id)
        }
    }

    /// Ends the holding of a request; the caller replies, if there is anybody to reply to.
    @discardableResult
    mutating func release(_ id: VisitID) -> Visit? {
        guard let visit = visits.removeValue(forKey: id) else { return nil }
        deadlines.remove(.visit(id))
        switch visit {
        case .take(let worker, _, let ticket):
            polls.remove(ticket)
            workers[worker]?.openVisits -= 1
        case .stops(let worker):
            workers[worker]?.openVisits -= 1
            if workers[worker]?.stopPoll == id { workers[worker]?.stopPoll = nil }
        case .watcher(let job): jobs[job]?.watchers.removeAll { $0 == id }
        case .reader(let job): jobs[job]?.readers.removeAll { $0 == id }
        }
        return visit
    }
}

extension Refusal {
    static let closing = Refusal(
        503,
        "The queue is shutting down. Send the request again once it is back.",
        retryAfter: 1
    )
}
