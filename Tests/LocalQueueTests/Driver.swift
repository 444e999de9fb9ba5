import JSON

@testable import LocalQueue

/// A queue with a clock that stands still until it is told to move.
struct Driver {
    typealias Reply = LocalQueue.Reply
    typealias Action = LocalQueue.Action

    var queue: LocalQueue
    private(set) var now = ContinuousClock.now
    private var lastVisit = 0
    /// Everything that was replied so far.
    private(set) var replies: [LocalQueue.VisitID: Reply] = [:]
    private(set) var notes: [LocalQueue.Note] = []
    private(set) var posts: [(webhook: Int, body: JSON)] = []

    init(_ change: (inout LocalQueue.Settings) -> Void = { _ in }) {
        var settings = LocalQueue.Settings()
        change(&settings)
        queue = LocalQueue(settings: settings)
    }

    @discardableResult
    mutating func send(_ event: LocalQueue.Event) -> [Action] {
        let actions = queue.handle(event, at: now)
        for action in actions {
            switch action {
            case .reply(let visit, let reply): replies[visit] = reply
            case .note(let note): notes.append(note)
            case .post(let webhook, _, _, let body): posts.append((webhook, body))
            }
        }
        return actions
    }

    /// Sends an event of a new visit and gives its number.
    @discardableResult
    mutating func visit(_ event: (LocalQueue.VisitID) -> LocalQueue.Event) -> LocalQueue.VisitID {
        lastVisit += 1
        send(event(lastVisit))
        return lastVisit
    }

    /// The reply that comes at once; nil if the request is held.
    @discardableResult
    mutating func ask(_ event: (LocalQueue.VisitID) -> LocalQueue.Event) -> Reply? {
        let visit = visit(event)
        return replies[visit]
    }

    @discardableResult
    mutating func advance(by time: Duration) -> [Action] {
        now += time
        return send(.tick)
    }

    // Words for what the tests do most.

    @discardableResult
    mutating func submit(_ id: String, _ more: JSON.Object = [:], size: Int = 10) throws -> Reply? {
        let submission = try Submission.sample(id, more, size: size)
        return ask { .submit($0, submission, wait: .no) }
    }

    /// Ids that a take brings at once; nil if it is held.
    @discardableResult
    mutating func take(_ worker: String = "w", count: Int? = nil) -> [String]? {
        ask { .take($0, worker: worker, count: count) }.flatMap(\.jobIDs)
    }

    @discardableResult
    mutating func done(_ id: String, _ body: JSON.Object = ["output": 1], by worker: String = "w") -> Reply? {
        ask { .done($0, worker: worker, job: id, body: body, size: 10) }
    }

    @discardableResult
    mutating func chunk(_ id: String, _ output: JSON, by worker: String = "w") -> Reply? {
        ask { .chunk($0, worker: worker, job: id, output: output, size: 10) }
    }

    @discardableResult
    mutating func ping(_ jobs: [String] = [], by worker: String = "w") -> Reply? {
        ask { .ping($0, worker: worker, jobs: jobs) }
    }

    mutating func report(_ id: String) -> JobReport? {
        guard case .report(let report)? = ask({ .status($0, job: id) }) else { return nil }
        return report
    }

    mutating func state(_ id: String) -> JobState? {
        report(id)?.state
    }

    mutating func health() -> QueueHealth {
        guard case .health(let health)? = ask({ .health($0) }) else { return QueueHealth() }
        return health
    }

    /// What has been said to a worker's stop channel, asked without waiting.
    mutating func stops(_ worker: String = "w") -> [String] {
        let visit = visit { .stops($0, worker: worker) }
        if case .stop(let ids, _)? = replies[visit] { return ids }
        send(.gone(visit))
        return []
    }
}

extension Submission {
    static func sample(_ id: String, _ more: JSON.Object = [:], size: Int = 10) throws -> Submission {
        var body: JSON.Object = ["input": ["prompt": "Hello"]]
        for (key, value) in more { body[key] = value }
        return try Submission(id: id, body: .object(body), size: size)
    }
}

extension LocalQueue.Reply {
    var jobIDs: [String]? {
        guard case .jobs(let jobs, _, _) = self else { return nil }
        return jobs.compactMap { $0["id"]?.string }
    }

    var outputs: [JSON]? {
        guard case .chunks(_, _, let chunks) = self else { return nil }
        return chunks.map(\.output)
    }

    var refusal: Refusal? {
        if case .refused(let refusal) = self { refusal } else { nil }
    }

    var isIgnored: Bool {
        if case .acknowledged(ignored: .some) = self { true } else { false }
    }
}
