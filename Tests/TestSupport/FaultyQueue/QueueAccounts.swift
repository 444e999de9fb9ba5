/// What a queue knows of each job that it was given: to whom it went, what came of it, and in which order. Pure.
///
/// It re-queues as the local queue does: a job that its worker has not named for three heartbeats goes to the next
/// worker that asks.
public struct QueueAccounts: Sendable {
    /// A point in time.
    public typealias Instant = ContinuousClock.Instant

    /// One job's account.
    public struct Job: Sendable {
        /// Its id.
        public let id: String
        /// Its input, as JSON text.
        public let input: String
        /// Each time that a worker got it.
        public internal(set) var handOuts: [Instant] = []
        /// Bodies of its chunks since it was handed out last, in the order in which they came, repeats left out.
        public internal(set) var chunks: [[UInt8]] = []
        /// The body of its result: the first that was accepted.
        public internal(set) var result: [UInt8]?
        /// When that was.
        public internal(set) var finished: Instant?
        /// Results that came after the accepted one.
        public internal(set) var repeatedResults: [Instant] = []
        /// For each chunk that came again, when it had been accepted the time before.
        public internal(set) var repeatedChunks: [Instant] = []
        /// Chunks that came after the result.
        public internal(set) var lateChunks = 0
        /// Acknowledgements of its chunks that were not sent.
        public internal(set) var lostChunkAnswers = 0
        /// Acknowledgements of its result that were not sent.
        public internal(set) var lostResultAnswers = 0
        /// Heartbeats of its worker that did not name it though it was held.
        public internal(set) var silentBeats = 0
        var lastSign: Instant?
        var lastChunk: Instant?

        var isHeld: Bool { lastSign != nil && result == nil }
    }

    /// From hand-out to the first heartbeat that must name the job: one may be on its way already.
    private static let firstBeat = Duration.milliseconds(500)

    private let grace: Duration
    private var jobs: [String: Job] = [:]
    private var waiting: [String] = []
    /// How many of `waiting` are gone: an array has no cheap `removeFirst`.
    private var begin = 0
    private var held: Set<String> = []
    /// So many jobs have a result.
    public private(set) var finishedCount = 0
    /// So many times a job was taken away from a worker that no longer named it.
    public private(set) var requeues = 0
    /// Ids in posts of jobs that nobody was given.
    public private(set) var strangers: [String] = []
    /// Ids in answers that were no jobs: a worker may say of them that it could not read them.
    private var mentioned: Set<String> = []

    /// - Parameter heartbeat: after three of them without a sign of life a job goes back into the line
    public init(heartbeat: Duration) {
        grace = heartbeat * 3
    }

    /// Jobs that nobody has.
    public var waitingCount: Int { waiting.count - begin }

    /// Jobs that a worker has.
    public var heldCount: Int { held.count }

    /// A job's account.
    public subscript(id: String) -> Job? { jobs[id] }

    /// All accounts, in no order.
    public var all: some Collection<Job> & Sendable { jobs.values }

    /// A client sends a job.
    public mutating func offer(_ id: String, input: String) {
        jobs[id] = Job(id: id, input: input)
        waiting.append(id)
    }

    /// A worker gets to see this id in an answer that is no job.
    public mutating func mention(_ id: String) {
        mentioned.insert(id)
    }

    /// Hands out up to `count` jobs.
    public mutating func take(_ count: Int, at now: Instant) -> [Job] {
        requeueSilent(at: now)
        var taken: [Job] = []
        while taken.count < count, begin < waiting.count {
            let id = waiting[begin]
            begin += 1
            guard jobs[id]?.result == nil else { continue }
            jobs[id]?.handOuts.append(now)
            jobs[id]?.lastSign = now
            jobs[id]?.chunks = []
            held.insert(id)
            if let job = jobs[id] { taken.append(job) }
        }
        if begin == waiting.count { (waiting, begin) = ([], 0) }
        return taken
    }

    /// A chunk is accepted.
    /// - Parameter isAnswered: whether the worker will hear of it
    public mutating func chunk(_ body: [UInt8], of id: String, isAnswered: Bool, at now: Instant) {
        guard let job = jobs[id], !job.handOuts.isEmpty else { return strangers.append(id) }
        jobs[id]?.lastSign = now
        if !isAnswered { jobs[id]?.lostChunkAnswers += 1 }
        guard job.result == nil else {
            jobs[id]?.lateChunks += 1
            return
        }
        // An engine's chunks hold their time: two that are equal to the byte are one that was sent twice.
        if job.chunks.last == body, let lastChunk = job.lastChunk {
            jobs[id]?.repeatedChunks.append(lastChunk)
        } else {
            jobs[id]?.chunks.append(body)
        }
        jobs[id]?.lastChunk = now
    }

    /// A result is accepted: the first counts, also of a worker that was thought to be dead.
    /// - Parameter isAnswered: whether the worker will hear of it
    public mutating func result(_ body: [UInt8], of id: String, isAnswered: Bool, at now: Instant) {
        guard let job = jobs[id], !job.handOuts.isEmpty else {
            if !mentioned.contains(id) { strangers.append(id) }
            return
        }
        if !isAnswered { jobs[id]?.lostResultAnswers += 1 }
        guard job.result == nil else {
            jobs[id]?.repeatedResults.append(now)
            return
        }
        jobs[id]?.result = body
        jobs[id]?.finished = now
        held.remove(id)
        finishedCount += 1
    }

    /// The worker lives and names what it holds.
    public mutating func ping(naming ids: Set<String>, at now: Instant) {
        for id in held {
            if ids.contains(id) {
                jobs[id]?.lastSign = now
            } else if let handOut = jobs[id]?.handOuts.last, handOut + Self.firstBeat < now {
                jobs[id]?.silentBeats += 1
            }
        }
        requeueSilent(at: now)
    }

    /// Begins to count anew since when each worker has been silent.
    public mutating func forgiveSilence(at now: Instant) {
        for id in held { jobs[id]?.lastSign = now }
    }

    /// Puts jobs back into the line whose worker has not named them for too long.
    public mutating func requeueSilent(at now: Instant) {
        for id in held {
            guard let sign = jobs[id]?.lastSign, sign + grace < now else { continue }
            held.remove(id)
            jobs[id]?.lastSign = nil
            waiting.append(id)
            requeues += 1
        }
    }
}
