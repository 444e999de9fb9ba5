import Foundation
import JSON
import Jobs
import Support
import TestSupport
import Testing

@testable import Engines

/// An Ollama that runs already, played by a server of the test: what is sent, what is made of the answers.
@Suite struct AttachedEngineTests {
    @Test(.timeLimit(.minutes(2)))
    func `a running Ollama is used: the model is loaded by our own request, then warmed, then asked`() async throws {
        try await withOllama { ollama, engine in
            #expect(try await engine.ensureReady(model: nil) == Readiness(model: "m:latest", waited: true))
            #expect(try await engine.ensureReady(model: "m") == Readiness(model: "m:latest", waited: false))
            let events = try await engine.all(.generate, ["prompt": "hi"])
            #expect(events.compactMap(\.object).map { $0["response"] } == ["a", ""])
            let bodies = ollama.bodies(of: "/api/generate")
            #expect(
                bodies.map(\.description) == [
                    #"{"model":"m:latest","prompt":"","keep_alive":-1,"stream":false}"#,
                    #"{"model":"m:latest","prompt":"a","raw":true,"stream":true,"keep_alive":-1,"options":{"num_predict":1}}"#,
                    #"{"prompt":"hi","model":"m:latest"}"#,
                ]
            )
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `fifty callers cause one load`() async throws {
        try await withOllama { ollama, engine in
            try await withThrowingTaskGroup { group in
                for _ in 1...50 { group.addTask { try await engine.ensureReady(model: nil) } }
                for try await readiness in group { #expect(readiness.model == "m:latest") }
            }
            #expect(ollama.bodies(of: "/api/generate").count == 2, "one load and one warm-up")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a caller that goes away does not abort the load`() async throws {
        let gate = Gate()
        try await withOllama(
            { request, connection, ollama in
                guard request.body.isLoad else { return false }
                ollama.notes.add("load")
                gate.wait()
                ollama.notes.add(connection.isPeerGone() ? "gone" : "there")
                return false
            }
        ) { ollama, engine in
            let caller = Task { try await engine.ensureReady(model: nil) }
            await expectSoon { ollama.notes.all == ["load"] }
            caller.cancel()
            let outcome = await caller.result
            #expect(throws: EngineFailure(.cancelled, "The caller went away.")) { try outcome.get() }
            gate.open()
            let ready = try await engine.ensureReady(model: nil)
            #expect(ready.model == "m:latest")
            #expect(ollama.notes.all == ["load", "there"])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a consumer that goes away closes the request at once`() async throws {
        try await withOllama(
            { request, connection, ollama in
                guard request.text.contains("endless") else { return false }
                try connection.beginChunked(200, headers: [("Content-Type", "application/x-ndjson")])
                try connection.chunk(Array("{\"response\":\"a\",\"done\":false}\n".utf8))
                ollama.notes.add(connection.waitUntilPeerGone(timeout: .seconds(60)) ? "gone" : "there")
                return true
            }
        ) { ollama, engine in
            let stream = try await engine.events(of: EngineCall(route: .generate, body: ["prompt": "endless"]))
            let consumer = Task { for try await _ in stream { ollama.notes.add("token") } }
            await expectSoon { ollama.notes.all == ["token"] }
            consumer.cancel()
            await expectSoon { ollama.notes.all == ["token", "gone"] }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `an unknown model's error names those that are there`() async throws {
        try await withOllama { _, engine in
            let failure = try #require(await engine.startFailure(model: "nosuch"))
            #expect(failure.kind == .unknownModel)
            #expect(failure.description.contains("nosuch") && failure.description.contains("m:latest"))
            #expect(try await engine.ensureReady(model: nil).model == "m:latest", "nobody else is harmed")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a model that only embeds is loaded by embedding, and not warmed`() async throws {
        try await withOllama(
            { request, connection, _ in
                guard request.path == "/api/generate" else { return false }
                try connection.respond(400, json: #"{"error":"\"m\" does not support generate"}"#)
                return true
            }
        ) { ollama, engine in
            let ready = try await engine.ensureReady(model: nil)
            #expect(ready.model == "m:latest")
            #expect(ollama.bodies(of: "/api/embed").count == 1)
            #expect(ollama.bodies(of: "/api/generate").count == 1)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a dead runner's model is loaded again, and a completed answer clears the count`() async throws {
        let deaths = Lock(0)
        try await withOllama(
            { request, connection, _ in
                guard request.text.contains("deadly") else { return false }
                deaths.withLock { $0 += 1 }
                try connection.respond(
                    500,
                    json: #"{"error":"an error was encountered while running the model: unexpected EOF"}"#
                )
                return true
            }
        ) { ollama, engine in
            for _ in 1...2 {
                #expect(await engine.failure(.generate, ["prompt": "deadly"])?.kind == .died)
            }
            _ = try await engine.all(.generate, ["prompt": "hi"])
            for _ in 1...2 {
                #expect(await engine.failure(.generate, ["prompt": "deadly"])?.kind == .died)
            }
            await engine.pardonLastFailure()
            #expect(await engine.failure(.generate, ["prompt": "deadly"])?.kind == .died)
            #expect(try await engine.ensureReady(model: nil).waited)
            for _ in 1...2 { #expect(await engine.failure(.generate, ["prompt": "deadly"])?.kind == .died) }
            let failure = try #require(await engine.failure(.generate, ["prompt": "hi"]))
            #expect(failure.kind == .gaveUp)
            #expect(failure.description.contains("running the model"))
            #expect(ollama.bodies(of: "/api/generate").count { $0["prompt"] == "" } == 7)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a request without progress is a stall, pings or not`() async throws {
        try await withOllama(
            { request, connection, _ in
                guard request.text.contains("hang") else { return false }
                try connection.beginChunked(200, headers: [("Content-Type", "text/event-stream")])
                while !connection.isPeerGone() {
                    try connection.chunk(Array(": ping\n\n".utf8))
                    Thread.sleep(forTimeInterval: 0.02)
                }
                return true
            },
            stallTimeout: .seconds(2)
        ) { _, engine in
            let call: JSON.Object = ["prompt": "hang", "stream": true]
            #expect(await engine.failure(.openAI("/v1/completions"), call)?.kind == .stalled)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a port that another program holds is said so`() async throws {
        let server = try TestServer { _, connection in try connection.respond(200, body: Array("hello".utf8)) }
        defer { server.stop() }
        let configuration = EngineConfiguration(
            kind: .ollama,
            program: "/bin/true",
            environment: ["OLLAMA_HOST": "127.0.0.1:\(server.port)"]
        )
        try await withEngine(configuration) { engine, _ in
            let failure = try #require(await engine.startFailure())
            #expect(failure.kind == .gaveUp)
            #expect(failure.description.contains("Port \(server.port) at 127.0.0.1 is taken by another program"))
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a server that refuses connections is said so soon, by its URL, and not said to be used`() async throws {
        let server = try TestServer { _, connection in try connection.respond(200) }
        let url = server.url
        server.stop()
        let configuration = EngineConfiguration(kind: .openAI, url: url, startTimeout: .milliseconds(300))
        let lines = Notes()
        try await withEngine(configuration, lines: lines) { engine, _ in
            let failure = try #require(await engine.startFailure(model: "m"))
            #expect(failure.kind == .unavailable)
            #expect(failure.description.contains("No engine can be reached at \(url): "))
            #expect(!lines.all.contains { $0.contains("using the engine") })
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: [(404, "debug"), (405, "debug"), (400, "warning")])
    func `a server that lacks the warm-up's route is no matter for a warning`(status: Int, level: String) async throws {
        let server = try TestServer { request, connection in
            switch request.path {
            case "/v1/models": try connection.respond(200, json: #"{"data":[{"id":"m"}]}"#)
            case "/v1/completions": try connection.respond(status, json: #"{"detail":"Not Found"}"#)
            default: try connection.respond(200)
            }
        }
        defer { server.stop() }
        let lines = Notes()
        try await withEngine(EngineConfiguration(kind: .openAI, url: server.url), lines: lines) { engine, _ in
            let ready = try await engine.ensureReady(model: nil)
            #expect(ready.model == "m")
            let refusals = lines.all.filter { $0.contains("warm-up") }
            #expect(refusals.count == 1 && refusals[0].hasPrefix(level))
            #expect(lines.all.contains("info using the engine that runs at \(server.url)"))
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `an engine that is not installed is asked for`() async throws {
        let configuration = EngineConfiguration(kind: .ollama, program: "/nowhere/ollama")
        try await withEngine(configuration) { engine, _ in
            let failure = try #require(await engine.startFailure())
            #expect(failure.kind == .unavailable)
            #expect(failure.description.contains("/nowhere/ollama was not found"))
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `after the shutdown nothing can be asked of it`() async throws {
        try await withOllama { _, engine in
            _ = try await engine.ensureReady(model: nil)
            await engine.shutdown()
            await engine.shutdown()
            #expect(await engine.startFailure()?.kind == .cancelled)
            #expect(await engine.failure(.generate, ["prompt": "hi"])?.kind == .cancelled)
        }
    }

    private func withOllama(
        _ special: @escaping PlayedOllama.Special = { _, _, _ in false },
        stallTimeout: Duration = .seconds(60),
        _ body: (PlayedOllama, EngineSupervisor) async throws -> Void
    ) async throws {
        let ollama = try PlayedOllama(special)
        defer { ollama.stop() }
        let configuration = EngineConfiguration(
            kind: .ollama,
            program: "/bin/false",
            stallTimeout: stallTimeout,
            environment: ["OLLAMA_HOST": ollama.url]
        )
        try await withEngine(configuration) { engine, _ in try await body(ollama, engine) }
    }
}

/// The routes of an Ollama with one model, `m:latest`.
final class PlayedOllama: Sendable {
    /// Answers a request in another way and returns true, or leaves it.
    typealias Special = @Sendable (TestServer.Request, TestServer.Connection, PlayedOllama) throws -> Bool

    let notes = Notes()
    private let requests = Lock<[(path: String, body: JSON)]>([])
    private let server = Lock<TestServer?>(nil)
    let url: String

    init(_ special: @escaping Special) throws {
        let owner = Lock<PlayedOllama?>(nil)
        let server = try TestServer { request, connection in
            guard let self = owner.withLock({ $0 }) else { return connection.close() }
            try self.answer(request, connection, special)
        }
        url = server.url
        self.server.withLock { $0 = server }
        owner.withLock { $0 = self }
    }

    func stop() {
        server.withLock { $0 }?.stop()
    }

    func bodies(of path: String) -> [JSON] {
        requests.withLock { $0.filter { $0.path == path }.map(\.body) }
    }

    private func answer(
        _ request: TestServer.Request,
        _ connection: TestServer.Connection,
        _ special: Special
    ) throws {
        let body = (try? JSON(parsing: request.body)) ?? .null
        requests.withLock { $0.append((request.path, body)) }
        if try special(request, connection, self) { return }
        switch request.path {
        case "/api/version": try connection.respond(200, json: #"{"version":"0.32.15"}"#)
        case "/api/tags": try connection.respond(200, json: #"{"models":[{"name":"m:latest"}]}"#)
        case "/api/embed": try connection.respond(200, json: #"{"embeddings":[[1]]}"#)
        case "/api/generate" where body["model"] != "m:latest":
            try connection.respond(404, json: #"{"error":"model 'x' not found"}"#)
        case "/api/generate" where body["prompt"] == "":
            try connection.respond(200, json: #"{"response":"","done":true,"done_reason":"load"}"#)
        case "/api/generate":
            try connection.beginChunked(200, headers: [("Content-Type", "application/x-ndjson")])
            try connection.chunk(Array("{\"response\":\"a\",\"done\":false}\n".utf8))
            try connection.chunk(Array("{\"response\":\"\",\"done\":true,\"done_reason\":\"stop\"}\n".utf8))
            try connection.endChunked()
        default: try connection.respond(404, body: Array("404 page not found".utf8))
        }
    }
}

extension [UInt8] {
    /// Whether this is a request that only loads.
    var isLoad: Bool { (try? JSON(parsing: self))?["prompt"] == "" }
}

/// Holds a thread until it is opened.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    func wait() {
        semaphore.wait()
        semaphore.signal()
    }

    func open() { semaphore.signal() }
}
