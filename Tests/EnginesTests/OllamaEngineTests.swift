import ColdStart
import Foundation
import JSON
import Jobs
import TestSupport
import Testing

@testable import Engines

/// The supervisor with a whole Ollama beside it: a program that behaves, or misbehaves, as the recorded one did.
@Suite struct OllamaEngineTests {
    private static let prompt: JSON.Object = ["prompt": "The sky is", "options": ["num_predict": 8], "stream": true]

    @Test(.timeLimit(.minutes(3)))
    func `it is started, loaded, warmed and asked, and its start is explained`() async throws {
        // Slow enough that each line is read in the step that it ends, on a busy machine too.
        try await withOllama(["LOAD_MS": "2000"]) { ollama, engine, recorded in
            let readiness = try await engine.ensureReady(model: "gemma:270m")
            #expect(readiness == Readiness(model: "gemma:270m", waited: true))
            let answer = try await engine.all(.generate, Self.prompt.merging(["model": "gemma:270m"]))
            #expect(answer.last?.object?["done"] == true)
            let timeline = try #require(recorded.timelines.first)
            let names = timeline.phases.map(\.name)
            for name in [
                "engine.spawn", "engine.discover", "model.load", "runner.start", "weights", "context", "warmup",
            ] {
                #expect(names.contains(name), "\(name) is missing")
            }
            #expect(timeline.phases.allSatisfy { $0.end != nil })
            #expect(ollama.count(of: "listening") == 1)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `fifty callers cause one process and one load`() async throws {
        try await withOllama { ollama, engine, _ in
            try await withThrowingTaskGroup { group in
                for _ in 1...50 { group.addTask { try await engine.ensureReady(model: "gemma:270m") } }
                for try await readiness in group { #expect(readiness.waited) }
            }
            #expect(ollama.count(of: "listening") == 1)
            #expect(ollama.count(of: "load_ended") == 1)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `without a HOME it still starts`() async throws {
        try await withOllama(environment: ["HOME": ""]) { _, engine, _ in
            _ = try await engine.ensureReady(model: "gemma:270m")
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `an exit at the start is reported with its last lines`() async throws {
        try await withOllama(["EXIT_CODE": "7"]) { _, engine, recorded in
            let failure = try #require(await engine.startFailure(model: "gemma:270m"))
            #expect(failure.kind == .gaveUp)
            #expect(failure.description.contains("exit code 7"))
            #expect(failure.description.contains("Its last lines"))
            #expect(recorded.timelines.count == 3)
            #expect(recorded.causes.allSatisfy { $0 != nil })
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: ["EXIT_DURING_LOAD", "RUNNER_DIES_LOADING"])
    func `a death during the load is survived by those who wait`(fault: String) async throws {
        try await withOllama([fault: "1", "COUNTER": "counter"]) { ollama, engine, _ in
            let readiness = try await engine.ensureReady(model: "gemma:270m")
            #expect(readiness.waited)
            #expect(ollama.count(of: "load_ended") == 1)
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: ["CRASH_RUNNER_AFTER", "CRASH_SERVER_AFTER"])
    func `a crash in mid-stream fails the stream, and the next request is answered`(fault: String) async throws {
        try await withOllama([fault: "3", "COUNTER": "counter"]) { _, engine, _ in
            _ = try await engine.ensureReady(model: "gemma:270m")
            let failure = try #require(await engine.failure(.generate, Self.prompt.merging(["model": "gemma:270m"])))
            #expect(failure.kind == .died)
            let answer = try await engine.all(.generate, Self.prompt.merging(["model": "gemma:270m"]))
            #expect(answer.last?.object?["done"] == true)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a crash under an OpenAI stream is no regular end`() async throws {
        try await withOllama(["CRASH_RUNNER_AFTER": "3", "COUNTER": "counter"]) { _, engine, _ in
            let body: JSON.Object = [
                "model": "gemma:270m", "messages": [["role": "user", "content": "Count."]], "stream": true,
                "max_tokens": 8,
            ]
            #expect(await engine.failure(.openAI("/v1/chat/completions"), body)?.kind == .died)
            let answer = try await engine.all(.openAI("/v1/chat/completions"), body)
            #expect(answer.last == .serverSent(text: "data: [DONE]\n\n", data: nil))
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: ["silent", "server", "runner"])
    func `whatever hangs, the request stalls and the engine comes back`(hung: String) async throws {
        // A process that stops itself still runs for a moment: the tokens after the third come late enough to be caught.
        let pace = ["TOKENS": "8", "TOKEN_US": "50000"]
        let switches = ["HANG_AFTER": "3", "HANG_HOW": hung, "COUNTER": "counter"].merging(pace) { $1 }
        try await withOllama(switches, stallTimeout: .seconds(2)) { ollama, engine, _ in
            _ = try await engine.ensureReady(model: "gemma:270m")
            let failure = await engine.failure(.generate, Self.prompt.merging(["model": "gemma:270m"]))
            #expect(failure?.kind == .stalled, "\(failure.debugDescription)")
            let answer = try await engine.all(.generate, Self.prompt.merging(["model": "gemma:270m"]))
            #expect(answer.last?.object?["done"] == true)
            #expect(ollama.count(of: "listening") == 2)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `three crashes in a row are the end`() async throws {
        try await withOllama(["CRASH_SERVER_AFTER": "3"]) { ollama, engine, _ in
            var kinds: [EngineFailure.Kind?] = []
            for _ in 1...4 {
                kinds.append(await engine.failure(.generate, Self.prompt.merging(["model": "gemma:270m"]))?.kind)
            }
            #expect(kinds == [.died, .died, .died, .gaveUp])
            #expect(ollama.count(of: "listening") == 3)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `an error line inside a 200 fails that request alone`() async throws {
        try await withOllama(["ERROR_LINE_AFTER": "3", "COUNTER": "counter"]) { ollama, engine, _ in
            let body = Self.prompt.merging(["model": "gemma:270m"])
            #expect(await engine.failure(.generate, body) != nil)
            _ = try await engine.all(.generate, body)
            #expect(ollama.count(of: "listening") == 1)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `an engine that runs already is used and left running`() async throws {
        try await withOllama { ollama, first, _ in
            _ = try await first.ensureReady(model: "gemma:270m")
            try await withEngine(ollama.configuration) { second, _ in
                _ = try await second.ensureReady(model: "gemma:270m")
                let process = await second.process
                #expect(process != nil && process?.child == nil)
            }
            _ = try await first.all(.generate, Self.prompt.merging(["model": "gemma:270m"]))
            #expect(ollama.count(of: "listening") == 1)
        }
    }

    @Test(.timeLimit(.minutes(3)), arguments: [[:], ["RUNNER_IGNORES_TERM": "1"], ["SERVER_IGNORES_TERM": "1"]])
    func `a shutdown leaves nothing behind`(switches: [String: String]) async throws {
        try await withOllama(switches, grace: .milliseconds(300)) { ollama, engine, _ in
            _ = try await engine.ensureReady(model: "gemma:270m")
            let process = await engine.process
            let server = try #require(process?.child?.pid)
            let runner = try #require(ollama.runnerOfLastLoad)
            #expect(isAlive(server) && isAlive(runner))
            await engine.shutdown()
            #expect(!isAlive(server) && !isAlive(runner))
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a flood of log lines harms nothing`() async throws {
        try await withOllama(["LOG_FLOOD": "5000"]) { _, engine, _ in
            _ = try await engine.all(.generate, Self.prompt.merging(["model": "gemma:270m"]))
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a consumer that goes away stops the generation`() async throws {
        let switches = ["TOKENS": "100000", "TOKEN_US": "2000"]
        try await withOllama(switches) { ollama, engine, _ in
            let endless: JSON.Object = ["model": "gemma:270m", "prompt": "Once", "stream": true]
            let stream = try await engine.events(of: EngineCall(route: .generate, body: endless))
            let notes = Notes()
            let consumer = Task {
                for try await _ in stream { notes.add("token") }
            }
            await expectSoon { notes.count(of: "token") > 3 }
            consumer.cancel()
            await expectSoon { ollama.count(of: "client_gone") == 1 }
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a load that hangs is noticed, and the engine started anew`() async throws {
        try await withOllama(["LOAD_MS": "2000"], loadStallTimeout: .seconds(3)) { ollama, engine, _ in
            let caller = Task { try await engine.ensureReady(model: "gemma:270m") }
            await expectSoon { ollama.count(of: "load_started") == 1 }
            let process = await engine.process
            kill(try #require(process?.child?.pid), SIGSTOP)
            #expect(try await caller.value.waited)
            #expect(ollama.count(of: "listening") == 2)
        }
    }

    @Test(.timeLimit(.minutes(3)))
    func `a load may last longer than that while the engine answers`() async throws {
        try await withOllama(["LOAD_MS": "8000"], loadStallTimeout: .seconds(4)) { ollama, engine, _ in
            _ = try await engine.ensureReady(model: "gemma:270m")
            #expect(ollama.count(of: "listening") == 1)
        }
    }

    private func withOllama(
        _ switches: [String: String] = [:],
        environment: [String: String] = [:],
        stallTimeout: Duration = .seconds(60),
        loadStallTimeout: Duration? = nil,
        grace: Duration = .seconds(5),
        _ body: (FakeProgram, EngineSupervisor, Recorded) async throws -> Void
    ) async throws {
        let ollama = try FakeProgram(switches, environment: environment)
        defer { ollama.remove() }
        ollama.configuration.stallTimeout = stallTimeout
        ollama.configuration.loadStallTimeout = loadStallTimeout
        ollama.configuration.grace = grace
        try await withEngine(ollama.configuration) { engine, recorded in try await body(ollama, engine, recorded) }
    }
}

/// The fake program: how it is started, and what it noted.
final class FakeProgram {
    var configuration: EngineConfiguration
    private let folder: TemporaryFolder
    /// Kept for the engine to bind: another test's would else be taken for ours.
    private let port: ReservedPort

    init(_ switches: [String: String], environment: [String: String]) throws {
        folder = try TemporaryFolder()
        port = try ReservedPort()
        var variables = ["PATH": "/usr/bin:/bin", "HOME": folder.path, "OLLAMA_HOST": "127.0.0.1:\(port.number)"]
        variables["FAKE_OLLAMA_JOURNAL"] = folder.path("journal")
        for (name, value) in switches {
            variables["FAKE_OLLAMA_\(name)"] = name == "COUNTER" ? folder.path(value) : value
        }
        variables.merge(environment) { $1 }
        configuration = EngineConfiguration(
            kind: .ollama,
            program: try Fixture.executable("fake-ollama"),
            environment: variables,
            stateFolder: folder.path("state")
        )
    }

    func remove() { folder.remove() }

    private var journal: [JSON] {
        let text = (try? String(contentsOfFile: folder.path("journal"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
    }

    /// The models of these notes, in their order.
    func models(of event: String) -> [String] {
        journal.filter { $0["event"]?.string == event }.compactMap { $0["model"]?.string }
    }

    /// The requests that it got for a route.
    func requests(_ path: String) -> [JSON] {
        journal.filter { $0["event"] == "request" && $0["path"]?.string == path }.compactMap { $0["body"] }
    }

    /// How often the engine noted this.
    func count(of event: String) -> Int {
        journal.count { $0["event"]?.string == event }
    }

    var runnerOfLastLoad: Int32? {
        journal.last { $0["event"] == "load_ended" }?["runner"]?.int.map(Int32.init)
    }
}
