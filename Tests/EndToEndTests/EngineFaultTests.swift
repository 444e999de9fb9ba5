import Glibc
import JSON
import TestSupport
import Testing

/// Which of the two processes of an Ollama: the server, or the one that has the model.
private enum Part: String, CaseIterable {
    case server, runner

    func pid(in ollama: OwnOllama) -> Int32? {
        switch self {
        case .server: ollama.servers.last
        case .runner: ollama.runners.last
        }
    }
}

/// What a test does to a process.
private enum Blow: CaseIterable {
    case kill, freeze

    var signal: Int32 {
        switch self {
        case .kill: SIGKILL
        case .freeze: SIGSTOP
        }
    }
}

extension Serving {
    /// A job from its submission to its end.
    fileprivate func run(_ input: JSON) async throws -> JSON { try await report(submit(input)) }

    /// Whether the client of a job has a chunk of it in hand.
    fileprivate func hasStreamed(_ id: String) async throws -> Bool {
        try await eventually(timeout: .seconds(60)) {
            try await call("GET", "/stream/\(id)").json["stream"]?.array?.isEmpty == false
        }
    }
}

private let easy: JSON = ["prompt": "easy", "max_tokens": 3]

/// Every fault of an engine is done to real processes. The promise is always the same: the job is finished or told what
/// happened, its slot serves the next one, and the worker ends as if nothing had been.
@Suite("an engine that fails", .timeLimit(.minutes(5)))
struct EngineFaultTests {
    /// Ends with a good job, which needs the slot and an engine, and with a clean drain.
    private func expectRecovery(_ serving: Serving, _ ollama: OwnOllama) async throws {
        let next = try await serving.run(easy)
        #expect(next["status"] == "COMPLETED", "\(next)")
        let end = try await serving.drain()
        #expect(end == .exited(0), "\(serving.program.standardOutput.suffix(2000))")
        let left = ollama.servers + ollama.runners
        #expect(await eventually { !left.contains(where: isAlive) })
    }

    @Test("killed while idle: the next job is done by a fresh one", arguments: Part.allCases)
    private func idle(part: Part) async throws {
        let ollama = try OwnOllama()
        let serving = try await Serving([], ollama.environment)
        #expect(try await serving.run(easy)["status"] == "COMPLETED")
        let victim = try #require(part.pid(in: ollama))
        kill(victim, SIGKILL)
        #expect(await eventually { !isAlive(victim) })
        #expect(try await serving.run(easy)["status"] == "COMPLETED")
        #expect(ollama.runners.count == 2 && ollama.servers.count == (part == .server ? 2 : 1))
        try await expectRecovery(serving, ollama)
    }

    @Test("killed while it loads: the load is begun again, and the job does not notice", arguments: Part.allCases)
    private func loading(part: Part) async throws {
        let folder = try TemporaryFolder("gate")
        let ollama = try OwnOllama(["LOAD_GATE": folder.path("open")])
        let serving = try await Serving([], ollama.environment)
        let id = try await serving.submit(easy)
        #expect(await eventually { !ollama.runners.isEmpty })
        kill(try #require(part.pid(in: ollama)), SIGKILL)
        try folder.write("open", [])
        #expect(try await serving.report(id)["status"] == "COMPLETED")
        #expect(ollama.runners.count == 2)
        try await expectRecovery(serving, ollama)
    }

    @Test("killed before the first token: the job is run once more, alone", arguments: Part.allCases)
    private func beforeFirstToken(part: Part) async throws {
        let ollama = try OwnOllama(["PREFILL_MS": "2000"])
        let serving = try await Serving([], ollama.environment)
        let id = try await serving.submit(["prompt": "slow", "max_tokens": 3, "stream": true])
        #expect(await eventually { ollama.wasAsked("slow") })
        kill(try #require(part.pid(in: ollama)), SIGKILL)
        let report = try await serving.report(id)
        #expect(report["status"] == "COMPLETED", "\(report)")
        #expect(ollama.timesAsked("slow") == 2)
        #expect(serving.program.standardOutput.contains("the job is run once more, alone"))
        try await expectRecovery(serving, ollama)
    }

    @Test("killed in mid-stream: the client is told, and it is not begun again", arguments: Part.allCases)
    private func midStream(part: Part) async throws {
        let ollama = try OwnOllama(["TOKENS": "100000", "TOKEN_US": "2000"])
        let serving = try await Serving([], ollama.environment)
        let id = try await serving.submit(["prompt": "on and on", "stream": true])
        #expect(try await serving.hasStreamed(id))
        kill(try #require(part.pid(in: ollama)), SIGKILL)
        let report = try await serving.report(id)
        #expect(report["status"] == "FAILED")
        #expect(report["error"]?.string?.contains("part of the answer had been sent") == true, "\(report)")
        #expect(ollama.timesAsked("on and on") == 1)
        try await expectRecovery(serving, ollama)
    }

    @Test(
        "hung before the answer is out: it is noticed, the engine restarted, the job run again",
        arguments: ["server", "runner", "silent"]
    )
    func hung(how: String) async throws {
        // The warm-up has one token, so it passes.
        let ollama = try OwnOllama(["HANG_AFTER": "2", "HANG_HOW": how], faults: 1)
        let serving = try await Serving(["--stall-seconds", "2"], ollama.environment)
        let report = try await serving.run(["prompt": "stuck", "max_tokens": 4])
        #expect(report["status"] == "COMPLETED", "\(report)")
        #expect(ollama.timesAsked("stuck") == 2)
        #expect(ollama.servers.count == 2, "who hangs is replaced")
        try await expectRecovery(serving, ollama)
    }

    @Test("frozen while idle: the next job is done by a fresh one", arguments: Part.allCases)
    private func frozen(part: Part) async throws {
        let ollama = try OwnOllama()
        let serving = try await Serving(["--stall-seconds", "2"], ollama.environment)
        #expect(try await serving.run(easy)["status"] == "COMPLETED")
        kill(try #require(part.pid(in: ollama)), SIGSTOP)
        #expect(try await serving.run(easy)["status"] == "COMPLETED")
        #expect(ollama.servers.count == 2)
        try await expectRecovery(serving, ollama)
    }

    @Test("frozen in mid-stream: the client is told after the stall's time, and the slot is free")
    func frozenStream() async throws {
        let ollama = try OwnOllama(["TOKENS": "100000", "TOKEN_US": "2000"])
        let serving = try await Serving(["--stall-seconds", "2"], ollama.environment)
        let id = try await serving.submit(["prompt": "on and on", "stream": true])
        #expect(try await serving.hasStreamed(id))
        kill(try #require(ollama.servers.last), SIGSTOP)
        let report = try await serving.report(id)
        #expect(report["status"] == "FAILED")
        #expect(report["error"]?.string?.contains("no sign of progress") == true, "\(report)")
        try await expectRecovery(serving, ollama)
    }

    @Test("slow to start: whoever waits is served when it is there, by one process")
    func slow() async throws {
        let ollama = try OwnOllama(["START_MS": "2000", "DISCOVERY_MS": "1000", "LOAD_MS": "1000"])
        let serving = try await Serving(["--concurrency", "2"], ollama.environment)
        let ids = [try await serving.submit(easy), try await serving.submit(easy)]
        for id in ids { #expect(try await serving.report(id)["status"] == "COMPLETED") }
        #expect(ollama.servers.count == 1 && ollama.runners.count == 1)
        try await expectRecovery(serving, ollama)
    }

    @Test("a 200 that ends in an error line is no answer: it is run again, and the engine is not restarted")
    func errorLine() async throws {
        let ollama = try OwnOllama(["ERROR_LINE_AFTER": "2"], faults: 1)
        let serving = try await Serving([], ollama.environment)
        let report = try await serving.run(["prompt": "error", "max_tokens": 4])
        #expect(report["status"] == "COMPLETED", "\(report)")
        #expect(ollama.timesAsked("error") == 2)
        #expect(ollama.servers.count == 1)
        try await expectRecovery(serving, ollama)
    }

    @Test("an OpenAI stream that is cut is no answer: the client is told", arguments: Part.allCases)
    private func cutRelay(part: Part) async throws {
        let ollama = try OwnOllama(["TOKENS": "100000", "TOKEN_US": "2000"])
        let serving = try await Serving([], ollama.environment)
        let input: JSON = ["messages": [["role": "user", "content": "Count"]], "stream": true]
        let id = try await serving.submit(["openai_route": "/v1/chat/completions", "openai_input": input])
        #expect(try await serving.hasStreamed(id))
        kill(try #require(part.pid(in: ollama)), SIGKILL)
        let report = try await serving.report(id)
        #expect(report["status"] == "FAILED")
        #expect(report["error"]?.string?.contains("part of the answer had been sent") == true, "\(report)")
        try await expectRecovery(serving, ollama)
    }

    @Test("garbage on its own port: said to be no engine, and given up instead of waited for")
    func garbage() async throws {
        let ollama = try OwnOllama(["GARBAGE": "1"])
        let run = try await Program.run(["run", "--input", easy.description], ollama.environment)
        #expect(run.end == .exited(70), "\(run.err.suffix(2000))")
        #expect(run.err.contains("is no engine"), "\(run.err.suffix(2000))")
        #expect(!(ollama.servers + ollama.runners).contains(where: isAlive))
    }

    @Test("a foreign program on its port: named, not used, not harmed")
    func portTaken() async throws {
        let stranger = try FakeOllama(["GARBAGE": "1"])
        #expect(await eventually { stranger.program.standardError.isEmpty == false || isAlive(stranger.program.pid) })
        let ollama = try OwnOllama()
        var environment = ollama.environment
        environment["OLLAMA_HOST"] = "127.0.0.1:\(stranger.port)"
        #expect(await eventually { !stranger.events("listening").isEmpty })
        let run = try await Program.run(["run", "--input", easy.description], environment)
        #expect(run.end == .exited(70), "\(run.err.suffix(2000))")
        #expect(run.err.contains("Port \(stranger.port) at 127.0.0.1 is taken by another program"))
        #expect(ollama.servers.isEmpty, "none was started beside it")
        #expect(isAlive(stranger.program.pid))
    }
}

/// Whose fault a death is, with an engine that is told to die at certain words.
@Suite("inputs that kill an engine", .timeLimit(.minutes(5)))
struct PoisonTests {
    @Test("three poisoned jobs among good ones: each is answered with an error, nobody else is harmed")
    func few() async throws {
        let ollama = try OwnOllama(["POISON": "arsenic"])
        let serving = try await Serving(["--concurrency", "2"], ollama.environment)
        var ids: [(id: String, isPoisonous: Bool)] = []
        for index in 0..<12 {
            let isPoisonous = index % 4 == 1
            let prompt = isPoisonous ? "arsenic \(index)" : "water \(index)"
            ids.append((try await serving.submit(["prompt": .string(prompt), "max_tokens": 3]), isPoisonous))
        }
        for (id, isPoisonous) in ids {
            let report = try await serving.report(id)
            #expect(report["status"]?.string == (isPoisonous ? "FAILED" : "COMPLETED"), "\(report)")
            if isPoisonous { #expect(report["error"]?.string?.contains("not tried again") == true, "\(report)") }
        }
        for index in [1, 5, 9] { #expect(ollama.timesAsked("arsenic \(index)") <= 2) }
        #expect(try await serving.drain() == .exited(0))
    }

    @Test("one job with a batch of poison takes no worker down")
    func batch() async throws {
        let ollama = try OwnOllama(["POISON": "arsenic"])
        let serving = try await Serving([], ollama.environment)
        let prompts = JSON.array((0..<5).map { .string("arsenic \($0)") })
        let report = try await serving.run(["prompts": prompts, "max_tokens": 3])
        #expect(report["output"]?.array?.count { $0["error"] != nil } == 5, "\(report)")
        #expect(try await serving.run(easy)["status"] == "COMPLETED")
        #expect(try await serving.drain() == .exited(0))
    }
}
