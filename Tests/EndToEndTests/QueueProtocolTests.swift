import Foundation
import Glibc
import JSON
import Support
import TestSupport
import Testing

/// A queue on a raw socket that records every request as it came, and answers as a test says.
final class RecordingQueue: Sendable {
    struct Seen: Sendable {
        let request: TestServer.Request
        let at: ContinuousClock.Instant

        /// The path with its query, and the segment that says which of the routes it is.
        var route: String {
            String(request.path.split(separator: "/").dropLast().first { $0.hasPrefix("job-") || $0 == "ping" } ?? "?")
        }
    }

    private struct State {
        var seen: [Seen] = []
        var takes: [(status: Int, type: String, body: String)] = []
        var stops: [String] = []
        var goneAt: [ContinuousClock.Instant] = []
    }

    private let state = Lock(State())
    private let server: Lock<TestServer?> = Lock(nil)
    let port: UInt16

    /// - Parameter takes: the answers to the first takes; later ones are held
    init(takes: [(status: Int, type: String, body: String)], deadStatus: Int? = nil) throws {
        state.withLock { $0.takes = takes }
        let state = state
        let server = try TestServer { request, connection in
            state.withLock { $0.seen.append(Seen(request: request, at: .now)) }
            if let deadStatus { return try connection.respond(deadStatus) }
            guard request.path.contains("/job-take") || request.path.contains("/job-stop/") else {
                return try connection.respond(200)
            }
            let isTake = request.path.contains("/job-take")
            while true {
                if isTake, let answer = state.withLock({ $0.takes.isEmpty ? nil : $0.takes.removeFirst() }) {
                    return try connection.respond(
                        answer.status,
                        headers: [("Content-Type", answer.type)],
                        body: Array(answer.body.utf8)
                    )
                }
                if !isTake, let ids = state.withLock({ $0.stops.isEmpty ? nil : $0.stops.removeFirst() }) {
                    let body = "{\"jobsToStop\":[\"\(ids)\"]}"
                    return try connection.respond(
                        200,
                        headers: [("Content-Type", "application/json")],
                        body: Array(body.utf8)
                    )
                }
                if connection.isPeerGone() {
                    state.withLock { $0.goneAt.append(.now) }
                    return connection.close()
                }
                usleep(1000)
            }
        }
        port = server.port
        self.server.withLock { $0 = server }
    }

    deinit {
        server.withLock { $0 }?.stop()
    }

    func seen(_ route: String) -> [TestServer.Request] {
        state.withLock { $0.seen.filter { $0.route == route }.map(\.request) }
    }

    /// What came of jobs. Progress of a job that waits for a load goes to the same address.
    var results: [TestServer.Request] {
        seen("job-done").filter { (try? JSON(parsing: $0.body))?["status"] != "IN_PROGRESS" }
    }

    var count: Int { state.withLock { $0.seen.count } }
    var goneAt: [ContinuousClock.Instant] { state.withLock { $0.goneAt } }

    func stop(_ job: String) {
        state.withLock { $0.stops.append(job) }
    }

    /// Gives a job to whoever asks next.
    func offer(_ id: String, _ input: String) {
        state.withLock { $0.takes.append((200, "application/json", "{\"id\":\"\(id)\",\"input\":\(input)}")) }
    }

    /// When the requests of a route came.
    func times(_ route: String) -> [ContinuousClock.Instant] {
        state.withLock { $0.seen.filter { $0.route == route }.map(\.at) }
    }

    /// The environment of a worker of this queue, engine included.
    func environment(_ engine: FakeOllama) -> [String: String] {
        environment(["KINDLING_ENGINE": "ollama", "OLLAMA_HOST": "127.0.0.1:\(engine.port)"])
    }

    /// The environment of a worker of this queue.
    /// - Parameter engine: the variables of its engine, which count first
    func environment(_ engine: [String: String]) -> [String: String] {
        let base = "http://127.0.0.1:\(port)/v2/ep"
        return [
            "RUNPOD_WEBHOOK_GET_JOB": "\(base)/job-take/$ID?gpu=NVIDIA+RTX+A5000",
            "RUNPOD_WEBHOOK_POST_OUTPUT": "\(base)/job-done/$RUNPOD_POD_ID/$ID?gpu=NVIDIA+RTX+A5000",
            "RUNPOD_WEBHOOK_POST_STREAM": "\(base)/job-stream/$RUNPOD_POD_ID/$ID?gpu=NVIDIA+RTX+A5000",
            "RUNPOD_WEBHOOK_PING": "\(base)/ping/$RUNPOD_POD_ID", "RUNPOD_PING_INTERVAL": "200",
            "RUNPOD_AI_API_KEY": "raw-key", "RUNPOD_POD_ID": "worker-1", "RUNPOD_ENDPOINT_ID": "ep",
            "KINDLING_START": "lazy", "KINDLING_MODEL": "gemma:270m",
        ].merging(engine) { $1 }
    }
}

private let json = "application/json"
private func job(_ id: String, _ input: String = #"{"prompt":"Why?","max_tokens":3}"#) -> (Int, String, String) {
    (200, json, "{\"id\":\"\(id)\",\"input\":\(input)}")
}

@Suite("the platform's protocol on the wire", .timeLimit(.minutes(3)))
struct QueueProtocolTests {
    @Test("take, stream, done, stop and ping: URLs, headers and bodies as the official worker sends them")
    func wire() async throws {
        let engine = try FakeOllama()
        try await blocking { try engine.awaitReady() }
        let queue = try RecordingQueue(takes: [job("j1-u1", #"{"prompt":"Why?","max_tokens":3,"stream":true}"#)])
        let worker = try Program.start(["worker"], queue.environment(engine))
        #expect(await eventually { queue.results.count == 1 && queue.seen("ping").count > 3 })

        let take = try #require(queue.seen("job-take").first)
        #expect(take.method == "GET")
        #expect(take.target == "/v2/ep/job-take/worker-1?gpu=NVIDIA+RTX+A5000&job_in_progress=0")
        #expect(take.header("Authorization") == "raw-key")
        #expect(take.header("Content-Type") == "application/json")

        let chunk = try #require(queue.seen("job-stream").first)
        #expect(chunk.method == "POST")
        #expect(chunk.target == "/v2/ep/job-stream/worker-1/j1-u1?gpu=NVIDIA+RTX+A5000&isStream=false")
        #expect(chunk.header("Content-Type") == "application/x-www-form-urlencoded")
        #expect(chunk.header("charset") == "utf-8")
        #expect(chunk.header("X-Request-ID") == "j1-u1")
        #expect(try JSON(parsing: chunk.body)["output"]?["response"]?.string?.isEmpty == false)

        let done = try #require(queue.results.first)
        #expect(done.target == "/v2/ep/job-done/worker-1/j1-u1?gpu=NVIDIA+RTX+A5000&isStream=true")
        #expect(done.header("Authorization") == "raw-key")
        #expect(try JSON(parsing: done.body)["output"]?["done"] == true)

        #expect(queue.seen("job-stop").first?.target == "/v2/ep/job-stop/worker-1?gpu=NVIDIA+RTX+A5000")
        let pings = queue.seen("ping")
        #expect(pings.first?.header("Authorization") == "raw-key")
        #expect(pings.first?.target.hasPrefix("/v2/ep/ping/worker-1?") == true)
        #expect(await eventually { queue.seen("ping").last?.query["job_id"] == nil }, "nothing is held any more")
        #expect(pings.last?.query["runpod_version"]?.hasPrefix("kindling/") == true)

        let line = try #require(worker.standardOutput.split(separator: "\n").first { $0.contains("j1-u1") })
        let log = try JSON(parsing: String(line))
        #expect(log["requestId"] == "j1-u1" && log["message"] != nil && log["level"] == "INFO")
        worker.signal(SIGTERM)
        let end = try await blocking { worker.waitForEnd() }
        #expect(end == .exited(0), "\(worker.standardOutput.suffix(2000))\(worker.standardError.suffix(2000))")
    }

    @Test(
        "an answer that is no job does no harm: the next one is asked for and done",
        arguments: [
            (204, json, ""), (400, json, "{}"), (500, json, "{}"), (404, "text/plain", "no"), (200, json, ""),
            (200, "text/html", "<html>"), (200, json, "{\"id\":"), (200, json, "7"), (200, json, "null"),
            (200, json, "[{\"input\":{}},3,null]"), (200, json, "{\"id\":\"x\"}"),
        ]
    )
    func garbage(status: Int, type: String, body: String) async throws {
        let engine = try FakeOllama()
        try await blocking { try engine.awaitReady() }
        let queue = try RecordingQueue(takes: [(status, type, body), job("good")])
        let worker = try Program.start(["worker"], queue.environment(engine))
        #expect(await eventually { queue.results.contains { $0.path.hasSuffix("/good") } })
        worker.signal(SIGTERM)
        let end = try await blocking { worker.waitForEnd() }
        #expect(end == .exited(0), "\(worker.standardOutput.suffix(2000))\(worker.standardError.suffix(2000))")
    }

    @Test("a dead queue gets at most twenty requests in ten seconds, heartbeats included")
    func deadQueue() async throws {
        let engine = try FakeOllama()
        let queue = try RecordingQueue(takes: [], deadStatus: 503)
        var environment = queue.environment(engine)
        environment["RUNPOD_PING_INTERVAL"] = nil
        let worker = try Program.start(["worker", "--concurrency", "8"], environment)
        #expect(await eventually { queue.count > 0 })
        try await Task.sleep(for: .seconds(10))
        #expect(queue.count <= 20, "\(queue.count) requests")
        worker.signal(SIGTERM)
        let end = try await blocking { worker.waitForEnd() }
        #expect(end == .exited(0), "\(worker.standardOutput.suffix(2000))\(worker.standardError.suffix(2000))")
    }

    @Test("the stop channel cancels a running job: no result is sent, the engine's request is closed")
    func stop() async throws {
        let engine = try FakeOllama(["TOKENS": "100000", "TOKEN_US": "2000"])
        try await blocking { try engine.awaitReady() }
        let endless = #"{"prompt":"on and on","stream":true,"max_tokens":4096}"#
        let queue = try RecordingQueue(takes: [job("endless", endless)])
        let worker = try Program.start(["worker"], queue.environment(engine))
        #expect(await eventually { !queue.seen("job-stream").isEmpty })
        queue.stop("endless")
        #expect(await eventually { !engine.events("client_gone").isEmpty })
        #expect(await eventually { queue.seen("job-take").count == 2 }, "the slot asks for the next job")
        worker.signal(SIGTERM)
        let end = try await blocking { worker.waitForEnd() }
        #expect(end == .exited(0), "\(worker.standardOutput.suffix(2000))\(worker.standardError.suffix(2000))")
        #expect(queue.results.isEmpty)
    }

    @Test("SIGTERM closes the open polls and ends an idle worker, though the queue holds them")
    func drain() async throws {
        let engine = try FakeOllama()
        let queue = try RecordingQueue(takes: [])
        let worker = try Program.start(["worker"], queue.environment(engine))
        #expect(await eventually { queue.seen("job-take").count == 1 && queue.seen("job-stop").count == 1 })
        worker.signal(SIGTERM)
        #expect(await eventually { queue.goneAt.count == 2 })
        let end = try await blocking { worker.waitForEnd() }
        #expect(end == .exited(0), "\(worker.standardOutput.suffix(2000))\(worker.standardError.suffix(2000))")
    }

    @Test("several free slots are asked for as a batch, and a malformed neighbour is answered, not fatal")
    func batch() async throws {
        let engine = try FakeOllama()
        try await blocking { try engine.awaitReady() }
        let good = #"{"id":"a","input":{"prompt":"p","max_tokens":2}}"#
        let queue = try RecordingQueue(takes: [(200, json, "[\(good),{\"input\":{}},{\"id\":\"b\"}]")])
        let worker = try Program.start(["worker", "--concurrency", "4"], queue.environment(engine))
        #expect(await eventually { queue.results.count == 2 })
        let take = try #require(queue.seen("job-take-batch").first)
        #expect(take.target.hasSuffix("&batch_size=4&job_in_progress=0"))
        let bad = try #require(queue.results.first { $0.path.hasSuffix("/b") })
        #expect(try JSON(parsing: bad.body)["error"]?.string?.contains("input") == true)
        worker.signal(SIGTERM)
        let end = try await blocking { worker.waitForEnd() }
        #expect(end == .exited(0), "\(worker.standardOutput.suffix(2000))\(worker.standardError.suffix(2000))")
    }

    @Test("an engine that cannot be kept alive: the answer asks for the pod's stop, exit 70")
    func gaveUp() async throws {
        let engine = try FakeOllama()
        let queue = try RecordingQueue(takes: [job("a")])
        var environment = queue.environment(engine)
        let port = try ReservedPort()
        defer { withExtendedLifetime(port) {} }
        environment["OLLAMA_HOST"] = "127.0.0.1:\(port.number)"
        environment["KINDLING_ENGINE_PROGRAM"] = try Fixture.executable("fake-ollama")
        environment["FAKE_OLLAMA_EXIT_CODE"] = "1"
        let worker = try Program.start(["worker"], environment)
        #expect(try await blocking { worker.waitForEnd() } == .exited(70))
        let done = try #require(queue.results.first)
        let body = try JSON(parsing: done.body)
        #expect(body["stopPod"] == true)
        #expect(body["error"]?.string?.isEmpty == false)
    }

    @Test("an engine that dies under every job: three are convicted, then it is the engine's fault: stopPod, exit 70")
    func diesUnderAll() async throws {
        let ollama = try OwnOllama(["POISON": "die"])
        let jobs = (1...8).map { job("j\($0)", "{\"prompt\":\"die \($0)\",\"max_tokens\":3}") }
        let queue = try RecordingQueue(takes: jobs)
        let worker = try Program.start(["worker"], queue.environment(ollama.environment))
        #expect(try await blocking { worker.waitForEnd() } == .exited(70))
        let errors = try queue.results.map { try JSON(parsing: $0.body) }
        #expect(errors.count == 4, "\(errors)")
        #expect(errors.prefix(3).allSatisfy { $0["error"]?.string?.contains("not tried again") == true })
        #expect(errors.prefix(3).allSatisfy { $0["stopPod"] == nil })
        #expect(errors.last?["stopPod"] == true)
        #expect(errors.last?["error"]?.string?.contains("3 times in a row") == true)
    }
}
