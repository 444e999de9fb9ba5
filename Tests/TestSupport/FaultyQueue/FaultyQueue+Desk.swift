import Glibc
import Support

/// Answers one request at a time, on the thread of its connection.
struct Desk: Sendable {
    let state: Lock<FaultyQueue.State>

    /// A take or stop poll is answered with "nothing" after this.
    private static let hold = Duration.seconds(20)
    /// How soon a held take sees a job that was offered meanwhile, or that its client has gone.
    private static let glance = Duration.milliseconds(5)

    func serve(_ request: TestServer.Request, on connection: TestServer.Connection) throws {
        guard let letter = Letter(request) else { return try connection.respond(404) }
        let fault = state.withLock { state in
            state.visits.append(FaultyQueue.Visit(route: letter.route, at: .now))
            return state.script.strike(letter.route, size: letter.body.count)
        }
        switch fault {
        case nil:
            try answer(letter, on: connection)
        case .status(let status, let retryAfter):
            let headers = retryAfter.map { [("Retry-After", "\($0)")] } ?? []
            try connection.respond(status, headers: headers)
        case .reset:
            connection.reset()
        case .hang:
            connection.waitUntilPeerGone()
            connection.close()
        case .lostAnswer:
            accept(letter, isAnswered: false)
            connection.reset()
        case .slow(let wait):
            connection.waitUntilPeerGone(timeout: wait)
            try answer(letter, on: connection)
        case .garbage(let garbage):
            if letter.route == .take, let id = garbage.mentionedID { state.withLock { $0.accounts.mention(id) } }
            try garbage.send(on: connection)
        }
    }

    private func answer(_ letter: Letter, on connection: TestServer.Connection) throws {
        switch letter.route {
        case .take:
            try handOut(letter, on: connection)
        case .stop:
            try announceStops(on: connection)
        case .stream, .done, .progress, .ping:
            accept(letter, isAnswered: true)
            try connection.respond(200, json: "{}")
        }
    }

    private func accept(_ letter: Letter, isAnswered: Bool) {
        let now = ContinuousClock.now
        state.withLock { state in
            switch letter.route {
            case .take: _ = state.accounts.take(letter.count, at: now)
            case .stream: state.accounts.chunk(letter.body, of: letter.job, isAnswered: isAnswered, at: now)
            case .done: state.accounts.result(letter.body, of: letter.job, isAnswered: isAnswered, at: now)
            case .ping: state.accounts.ping(naming: letter.named, at: now)
            case .stop, .progress: break
            }
        }
    }

    private func handOut(_ letter: Letter, on connection: TestServer.Connection) throws {
        let deadline = ContinuousClock.now + Self.hold
        while ContinuousClock.now < deadline {
            let jobs = state.withLock { $0.accounts.take(letter.count, at: .now) }
            if !jobs.isEmpty {
                let texts = jobs.map { #"{"id":"\#($0.id)","input":\#($0.input)}"# }
                let body = letter.isBatch ? "[\(texts.joined(separator: ","))]" : texts.joined()
                return try connection.respond(200, json: body)
            }
            if connection.waitUntilPeerGone(timeout: Self.glance) { return connection.close() }
        }
        try connection.respond(204)
    }

    private func announceStops(on connection: TestServer.Connection) throws {
        let deadline = ContinuousClock.now + Self.hold
        while ContinuousClock.now < deadline {
            let ids = state.withLock { state in
                defer { state.stops = [] }
                return state.stops
            }
            if !ids.isEmpty {
                let list = ids.map { "\"\($0)\"" }.joined(separator: ",")
                return try connection.respond(200, json: "{\"jobsToStop\":[\(list)]}")
            }
            if connection.waitUntilPeerGone(timeout: Self.glance * 10) { return connection.close() }
        }
        try connection.respond(204)
    }
}

/// A request, read as the protocol means it: `/v2/ep/job-done/WORKER/JOB`.
private struct Letter {
    let route: QueueRoute
    let body: [UInt8]
    var job = ""
    var count = 1
    var isBatch = false
    var named: Set<String> = []

    init?(_ request: TestServer.Request) {
        let parts = request.path.split(separator: "/")
        guard parts.count > 3 else { return nil }
        body = request.body
        switch parts[2] {
        case "job-take":
            route = .take
        case "job-take-batch":
            route = .take
            isBatch = true
            count = request.query["batch_size"].flatMap(Int.init) ?? 1
        case "job-stop":
            route = .stop
        case "job-stream":
            route = .stream
            job = String(parts[parts.count - 1])
        case "job-done":
            // Progress goes to the same address.
            route = body.starts(with: #"{"status":"IN_PROGRESS""#.utf8) ? .progress : .done
            job = String(parts[parts.count - 1])
        case "ping":
            route = .ping
            named = Set((request.query["job_id"] ?? "").split(separator: ",").map(String.init))
        default:
            return nil
        }
    }
}
