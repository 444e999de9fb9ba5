import Foundation
import Glibc
import JSON
import Support
import TestSupport
import Testing

/// A platform that freezes its worker: it holds each take until the test has a job for it, and forgets those that it
/// held when the worker was frozen, as a connection does that leads nowhere any more.
private final class FreezingPlatform: Sendable {
    private struct State {
        var jobs: [(id: String, input: String)] = []
        /// Takes up to this number are never answered, nor is anybody told.
        var deadTakes = 0
        var takes = 0
        var connections: Set<Int> = []
        var results: [String: JSON] = [:]
    }

    private let state = Lock(State())
    private let server: TestServer

    init() throws {
        let state = state
        server = try TestServer { request, connection in
            state.withLock { _ = $0.connections.insert(connection.number) }
            switch request.path.split(separator: "/").dropLast().first(where: { $0.hasPrefix("job-") }) {
            case "job-take":
                let number = state.withLock { state in
                    state.takes += 1
                    return state.takes
                }
                try Self.hold(number, state, connection)
            case "job-stop":
                connection.waitUntilPeerGone(timeout: .seconds(300))
                connection.close()
            case "job-done":
                let id = request.path.split(separator: "/").last.map(String.init) ?? ""
                let body = try JSON(parsing: request.body)
                if body["status"] != "IN_PROGRESS" { state.withLock { $0.results[id] = body } }
                try connection.respond(200)
            default:
                try connection.respond(200)
            }
        }
    }

    deinit {
        server.stop()
    }

    private static func hold(_ number: Int, _ state: Lock<State>, _ connection: TestServer.Connection) throws {
        while !connection.isPeerGone() {
            let job = state.withLock { state in
                number > state.deadTakes && !state.jobs.isEmpty ? state.jobs.removeFirst() : nil
            }
            if let job {
                let body = "{\"id\":\"\(job.id)\",\"input\":\(job.input)}"
                return try connection.respond(
                    200,
                    headers: [("Content-Type", "application/json")],
                    body: Array(body.utf8)
                )
            }
            usleep(1000)
        }
        connection.close()
    }

    var takes: Int { state.withLock { $0.takes } }
    func result(_ id: String) -> JSON? { state.withLock { $0.results[id] } }

    func offer(_ id: String, _ input: String = #"{"prompt":"Why?","max_tokens":3,"include":["timings"]}"#) {
        state.withLock { $0.jobs.append((id, input)) }
    }

    /// All connections that are open now lead nowhere from here on.
    func cutConnections() {
        state.withLock { $0.deadTakes = $0.takes }
    }

    var environment: [String: String] {
        let base = "http://127.0.0.1:\(server.port)/v2/ep"
        return [
            "RUNPOD_WEBHOOK_GET_JOB": "\(base)/job-take/$ID?gpu=A5000",
            "RUNPOD_WEBHOOK_POST_OUTPUT": "\(base)/job-done/$RUNPOD_POD_ID/$ID?gpu=A5000",
            "RUNPOD_WEBHOOK_PING": "\(base)/ping/$RUNPOD_POD_ID", "RUNPOD_AI_API_KEY": "key", "RUNPOD_POD_ID": "w1",
            "KINDLING_LOG_FORMAT": "text", "KINDLING_LOG_LEVEL": "debug",
        ]
    }
}

/// A worker with an Ollama of its own that are frozen together, with whatever either of them has started.
private struct Freezer {
    let folder: TemporaryFolder
    let port: ReservedPort
    let platform: FreezingPlatform
    let worker: RunningProgram

    init() throws {
        folder = try TemporaryFolder("freezer")
        port = try ReservedPort()
        platform = try FreezingPlatform()
        worker = try Program.start(
            ["worker"],
            platform.environment.merging([
                "KINDLING_ENGINE": "ollama", "KINDLING_ENGINE_PROGRAM": try Fixture.executable("fake-ollama"),
                "OLLAMA_HOST": "127.0.0.1:\(port.number)", "OLLAMA_MODELS": folder.path("models"),
                "HOME": folder.path, "FAKE_OLLAMA_JOURNAL": folder.path("journal"), "KINDLING_MODEL": "gemma:270m",
                "KINDLING_START": "lazy", "KINDLING_STATE": folder.path("state"),
            ]) { $1 }
        )
    }

    var loads: Int {
        EngineJournal.events(in: folder.path("journal")).count { $0["event"]?.string == "load_ended" }
    }

    /// Runs one job, so that engine and connections are up, and waits until the worker asks for the next.
    func warm() async -> Bool {
        platform.offer("first")
        return await eventually(timeout: .seconds(60)) { platform.result("first") != nil && platform.takes == 2 }
    }

    /// Stops worker and engine for longer than a tick may be late.
    func freeze(_ meanwhile: (_ engine: [Int32]) async throws -> Void = { _ in }) async throws {
        let engine = children(of: worker.pid).flatMap { [$0] + children(of: $0) }
        for pid in [worker.pid] + engine { kill(pid, SIGSTOP) }
        platform.cutConnections()
        try await meanwhile(engine)
        // What is tested is that the time passes: no condition could say so sooner.
        try await Task.sleep(for: .milliseconds(4500))
        for pid in engine + [worker.pid] { kill(pid, SIGCONT) }
    }

    private func children(of pid: Int32) -> [Int32] {
        let bytes = (try? Fixture.bytes(of: "/proc/\(pid)/task/\(pid)/children")) ?? []
        let listed = String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
        // A child is listed with the thread that started it.
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
        let others = threads.filter { $0 != "\(pid)" }.flatMap { thread -> [Int32] in
            let bytes = (try? Fixture.bytes(of: "/proc/\(pid)/task/\(thread)/children")) ?? []
            return String(decoding: bytes, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
        }
        return listed + others
    }

    func drain() async throws -> RunningProgram.End {
        worker.signal(SIGTERM)
        return try await blocking { [worker] in worker.waitForEnd() }
    }
}

@Suite("a worker that was frozen and resumed", .timeLimit(.minutes(5)))
struct RestoreTests {
    @Test("a new poll replaces the one that leads nowhere, the next job is answered by the model that is still there")
    func frozen() async throws {
        let freezer = try Freezer()
        try #require(await freezer.warm(), "\(freezer.worker.standardOutput)")
        try await freezer.freeze()
        freezer.platform.offer("second")
        try #require(
            await eventually(timeout: .seconds(60)) { freezer.platform.result("second") != nil },
            "\(freezer.worker.standardOutput)"
        )
        #expect(freezer.platform.result("second")?["output"]?["timings"]?["start_kind"] == "restored")
        // The line that sums the start up is written once the queue has the result.
        #expect(await eventually { freezer.worker.standardOutput.contains("restored start") })
        let log = freezer.worker.standardOutput
        #expect(log.contains("resumed after"), "\(log)")
        #expect(log.contains("restored.detect"), "\(log)")
        #expect(freezer.loads == 1, "nothing was loaded anew")
        #expect(try await freezer.drain() == .exited(0))
    }

    @Test("an engine that was killed meanwhile is started again by the next job")
    func killedEngine() async throws {
        let freezer = try Freezer()
        try #require(await freezer.warm())
        try await freezer.freeze { engine in
            for pid in engine { kill(pid, SIGKILL) }
        }
        freezer.platform.offer("second")
        try #require(
            await eventually(timeout: .seconds(60)) { freezer.platform.result("second") != nil },
            "\(freezer.worker.standardOutput)"
        )
        #expect(freezer.platform.result("second")?["output"]?["done"] == true, "\(freezer.worker.standardOutput)")
        #expect(freezer.loads == 2)
        #expect(try await freezer.drain() == .exited(0))
    }

    @Test("an engine that came back without its model loads it for the next job")
    func lostModel() async throws {
        let freezer = try Freezer()
        try #require(await freezer.warm())
        let unload = "{\"model\":\"gemma:270m\",\"prompt\":\"\",\"keep_alive\":0}"
        let port = freezer.port.number
        try await freezer.freeze { engine in
            for pid in engine { kill(pid, SIGCONT) }
            let reply = try await blocking {
                try WireClient.exchange(port: port, "POST", "/api/generate", body: unload)
            }
            #expect(reply.status == 200)
        }
        #expect(await eventually { freezer.worker.standardOutput.contains("no longer in the engine's memory") })
        freezer.platform.offer("second")
        try #require(
            await eventually(timeout: .seconds(60)) { freezer.platform.result("second") != nil },
            "\(freezer.worker.standardOutput)"
        )
        #expect(freezer.platform.result("second")?["output"]?["done"] == true)
        #expect(freezer.loads == 2)
        #expect(try await freezer.drain() == .exited(0))
    }
}
