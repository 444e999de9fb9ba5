import Glibc
import JSON
import Support
import TestSupport

/// The runner process: answers `/health` and makes tokens at a pace, so that killing or stopping it does to the server's
/// requests what it does to a real one's.
struct RunnerProgram {
    private let port: UInt16
    private let switches: Switchboard
    private let log: Log
    private let isLoaded = Lock(false)
    private let tasks = Lock(0)

    /// - Parameter arguments: port, model, context per slot, slots
    init(arguments: [String], switches: Switchboard) throws {
        guard arguments.count == 4, let port = UInt16(arguments[0]) else {
            throw UsageError(message: "runner is what serve starts for itself")
        }
        self.port = port
        self.switches = switches
        let folder = Fixture.path("ollama")
        log = try Log(recordedIn: "\(folder)/log-cold-start.txt").with([
            ("38817", arguments[0]), ("gemma:270m", arguments[1]), ("= 4096", "= \(arguments[2])"),
            ("(4096", "(\(arguments[2])"), ("n_slots = 1", "n_slots = \(arguments[3])"),
            ("$MODELS", getenv("OLLAMA_MODELS").map { String(cString: $0) } ?? "$MODELS"),
        ])
    }

    func run() throws -> Int32 {
        closeInheritedSockets()
        if switches.isOn(.runnerIgnoresTerm) { signal(SIGTERM, SIG_IGN) }
        let server = try TestServer(port: port) { request, connection in try serve(request, connection) }
        defer { server.stop() }
        let half = switches.milliseconds(.loadMilliseconds, default: 20) / 2
        log.runner(from: "device_info", through: "loading model tensors", over: half)
        if switches.isOn(.runnerDiesLoading), switches.claimFault() { kill(getpid(), SIGKILL) }
        if let gate = switches.text(.loadGate) { blockUntil(timeout: .seconds(60)) { access(gate, F_OK) == 0 } }
        log.runner(from: "load_tensors:          CPU", through: "llama_server: listening on", over: half)
        isLoaded.withLock { $0 = true }
        Log.standardError("srv  update_slots: all slots are idle")
        while true { Glibc.pause() }
    }

    /// The server's accept cannot mark a socket in the same step, so one that came in while it spawned us is ours too:
    /// its client would then not notice the server's end.
    private func closeInheritedSockets() {
        for descriptor in Int32(3)..<1024 { close(descriptor) }
    }

    private func serve(_ request: TestServer.Request, _ connection: TestServer.Connection) throws {
        switch request.path {
        case "/health" where isLoaded.withLock { $0 }:
            try connection.respond(200, json: #"{"status":"ok"}"#)
        case "/health":
            let body = #"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#
            try connection.respond(503, json: body)
        case "/completion":
            try complete(Order(try JSON(parsing: request.body)), connection)
        default:
            try connection.respond(404, json: #"{"error":{"message":"File Not Found","code":404}}"#)
        }
    }

    private func complete(_ order: Order, _ connection: TestServer.Connection) throws {
        let task = tasks.withLock { number in
            defer { number += 5 }
            return number
        }
        let log = log.with([("task 0 ", "task \(task) "), ("id_task = 0", "id_task = \(task)")])
        log.runner(from: "server_strea", through: "init sampler, took", over: .zero)
        try connection.raw(Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8))
        pause(order.prefill)
        var made = 0
        let start = ContinuousClock.now
        while order.count.map({ made < $0 }) ?? true {
            misbehave(after: made, order)
            // The pace is kept against the clock, not against the last token, so that it does not drift.
            pause(start + order.interval * made - .now)
            do {
                try connection.raw(Array("t\n".utf8))
            } catch {
                Log.standardError("srv          stop: cancel task, id_task = \(task)")
                Log.standardError("slot      release: id  0 | task \(task) | stop processing: n_tokens = \(made)")
                throw error
            }
            made += 1
        }
        misbehave(after: made, order)
        log.runner(from: "prompt eval time", through: "all slots are idle", over: .zero)
        try connection.raw(Array("end\n".utf8))
        connection.close()
    }

    /// `raise`, because a SIGSTOP for the process stops this thread only after it has sent some more.
    private func misbehave(after made: Int, _ order: Order) {
        if order.diesAfter == made, order.isPoisoned || switches.claimFault() { kill(getpid(), SIGKILL) }
        if order.stopsAfter == made, switches.claimFault() { raise(SIGSTOP) }
    }
}

/// What the server asks of the runner for one answer.
struct Order {
    /// nil: without end.
    let count: Int?
    let prefill: Duration
    let interval: Duration
    let diesAfter: Int?
    let isPoisoned: Bool
    let stopsAfter: Int?

    init(_ json: JSON) {
        count = json["count"]?.int
        prefill = .milliseconds(json["prefill_ms"]?.int ?? 0)
        interval = .microseconds(json["interval_us"]?.int ?? 0)
        diesAfter = json["dies_after"]?.int
        isPoisoned = json["poisoned"]?.bool ?? false
        stopsAfter = json["stops_after"]?.int
    }

    /// What the switches say for a request with this text.
    static func json(count: Int?, requestBody: String, switches: Switchboard) -> JSON {
        let isPoisoned = switches.text(.poison).map { requestBody.contains($0) } ?? false
        let stops = switches.hangKind == .runner ? switches.number(.hangAfter) : nil
        return [
            "count": count.map { JSON($0) } ?? .null,
            "prefill_ms": JSON(switches.number(.prefillMilliseconds) ?? 0),
            "interval_us": JSON(switches.number(.tokenMicroseconds) ?? 200),
            "dies_after": (isPoisoned ? 0 : switches.number(.crashRunnerAfter)).map { JSON($0) } ?? .null,
            "poisoned": .bool(isPoisoned),
            "stops_after": stops.map { JSON($0) } ?? .null,
        ]
    }
}

extension Log {
    /// The same log with these replacements before its own.
    func with(_ more: [(String, String)]) -> Log {
        var copy = self
        copy.replacements = more + replacements
        return copy
    }
}
