import Glibc
import JSON
import TestSupport
import Testing

/// How the program starts and ends.
struct ProcessTests {
    private static let endless = #"{"model":"gemma:270m","prompt":"x","options":{"num_predict":0}}"#

    // MARK: Start

    @Test func itAcceptsBeforeItAnswers() async throws {
        try await blocking {
            let fake = try FakeOllama(["DISCOVERY_MS": "4000"])
            #expect(blockUntil { fake.events("listening").count == 1 })
            let client = try WireClient(port: fake.port, patience: .milliseconds(100))
            try client.send("GET", "/")
            #expect(throws: SocketError.self) { try client.readHead() }
            #expect(!fake.program.standardError.contains("inference compute"))
            try fake.awaitReady()
            #expect(fake.program.standardError.contains("inference compute"))
        }
    }

    @Test func theVersionCanComeLaterThanTheRest() async throws {
        try await blocking {
            let fake = try FakeOllama(["VERSION_MS": "600000", "LOG_FLOOD": "1000"])
            #expect(blockUntil { fake.events("listening").count == 1 })
            #expect(try fake.send("GET", "/api/ps").status == 200)
            let client = try WireClient(port: fake.port, patience: .milliseconds(100))
            try client.send("GET", "/api/version")
            #expect(throws: SocketError.self) { try client.readHead() }
            try fake.throwSwitches(["VERSION_MS": .null])
            try fake.awaitReady()
            #expect(fake.program.standardError.contains("flood: line 999 "))
        }
    }

    @Test func theLogHasTheRecordedLinesInTheirOrder() async throws {
        try await blocking {
            let fake = try FakeOllama()
            try fake.awaitReady()
            _ = try fake.send("POST", "/api/generate", #"{"model":"gemma:270m","prompt":"x"}"#)
            #expect(blockUntil { fake.program.standardOutput.contains("\"/api/generate\"") })
            let marks = [
                "msg=\"server config\"", "msg=\"Listening on 127.0.0.1:\(fake.port) (version 0.32.15)\"",
                "msg=\"discovering available GPUs...\"", "msg=\"inference compute\"",
                "msg=\"vram-based default context\"", "msg=\"using llama-server for model\"",
                "msg=\"starting llama-server\" cmd=", "common_fit_params: fitting params to free memory took",
                "load_tensors: loading model tensors", "llama_context: constructing llama_context",
                "warming up the model with an empty run", "srv  llama_server: model loaded",
                "msg=\"llama-server started in", "processing task", "print_timing", "stop processing",
            ]
            var rest = Substring(fake.program.standardError)
            for mark in marks {
                let found = try #require(rest.firstRange(of: mark), "\(mark)")
                rest = rest[found.upperBound...]
            }
            let access = fake.program.standardOutput.split(separator: "\n").last
            #expect(
                try access?.contains(Regex(#"^\[GIN\] \d{4}/\d\d/\d\d - [\d:]{8} \| 200 \| +[\d.]+[mµn]?s \| "#))
                    == true
            )
            #expect(!fake.program.standardError.contains("[GIN]"))
        }
    }

    @Test func aPortThatIsTakenIsSaidAndExits() async throws {
        try await blocking {
            let first = try FakeOllama()
            try first.awaitReady()
            let second = try FakeOllama(environment: ["OLLAMA_HOST": "127.0.0.1:\(first.port)"])
            #expect(second.program.waitForEnd() == .exited(1))
            let line = "Error: listen tcp 127.0.0.1:\(first.port): bind: address already in use\n"
            #expect(second.program.standardError.hasSuffix(line))
            #expect(try first.send("GET", "/").text == "Ollama is running")
        }
    }

    @Test func withoutHomeItDoesNotStart() async throws {
        try await blocking {
            let program = try RunningProgram(try Fixture.executable("fake-ollama"), ["serve"])
            #expect(program.waitForEnd() == .exited(1))
            #expect(program.standardError == "Error: $HOME is not defined\n")
        }
    }

    @Test func aModelsFolderThatCannotBeMadeIsSaidAndExits() async throws {
        try await blocking {
            let folder = try TemporaryFolder()
            let file = try folder.write("afile", [])
            let fake = try FakeOllama(environment: ["OLLAMA_MODELS": file])
            #expect(fake.program.waitForEnd() == .exited(1))
            let line = "Error: mkdir \(file): not a directory: ensure path elements are traversable\n"
            #expect(fake.program.standardError.hasSuffix(line))
        }
    }

    @Test(arguments: [["EXIT_CODE": "7"], ["NO_SUCH": "1"], ["TOKENS": "many"], ["HANG_HOW": "somehow"]])
    func itExitsAtOnceWhenToldToOrWhenASwitchIsWrong(switches: [String: String]) async throws {
        try await blocking {
            let fake = try FakeOllama(switches)
            #expect(fake.program.waitForEnd() == .exited(switches["EXIT_CODE"] == nil ? 64 : 7))
            #expect(!fake.program.standardError.isEmpty)
        }
    }

    // MARK: End

    @Test(arguments: [SIGTERM, SIGINT])
    func aSignalCutsAStreamEndsTheRunnerAndExits0(signal: Int32) async throws {
        try await blocking {
            let fake = try FakeOllama(["TOKEN_US": "1000"])
            try fake.awaitReady()
            let client = try begin(fake, "/api/generate", ProcessTests.endless)
            _ = try client.readChunk()
            let runner = try #require(try fake.runners().first)
            fake.program.signal(signal)
            #expect(fake.program.waitForEnd() == .exited(0))
            while let chunk = try client.readChunk() { #expect(!chunk.isEmpty, "the body must not end regularly") }
            #expect(blockUntil { !isAlive(runner) })
        }
    }

    @Test(arguments: ["0", "60000"])
    func aSignalCutsARequestWithoutAnAnswer(load: String) async throws {
        try await blocking {
            let fake = try FakeOllama(["TOKEN_US": "1000", "LOAD_MS": load])
            try fake.awaitReady()
            let client = try WireClient(port: fake.port)
            let body = ProcessTests.endless.replacing(#""prompt""#, with: #""stream":false,"prompt""#)
            try client.send("POST", "/api/generate", body: Array(body.utf8))
            #expect(blockUntil { fake.events("load_started").count == 1 })
            fake.program.signal(SIGTERM)
            #expect(fake.program.waitForEnd() == .exited(0))
            #expect(try client.readResponse().end == .noAnswer)
            #expect(blockUntil { fake.events("load_started").allSatisfy { !isAlive(Int32($0["runner"]?.int ?? 0)) } })
        }
    }

    @Test func itDoesNotOutliveTheParentThatItWasTold() async throws {
        try await blocking {
            let fake = try FakeOllama(environment: ["FAKE_OLLAMA_PARENT": "1"])
            #expect(fake.program.waitForEnd() == .exited(1))
        }
    }

    @Test func itIgnoresSignalsWhenToldTo() async throws {
        try await blocking {
            let fake = try FakeOllama(["SERVER_IGNORES_TERM": "1"])
            try fake.awaitReady()
            fake.program.signal(SIGTERM)
            #expect(blockUntil { fake.events("signal").count == 1 })
            #expect(try fake.send("GET", "/").status == 200)
        }
    }

    @Test func killedItLeavesItsRunnerBehindInItsGroup() async throws {
        try await blocking {
            let fake = try FakeOllama(["TOKEN_US": "1000"])
            try fake.awaitReady()
            let client = try begin(fake, "/api/generate", ProcessTests.endless)
            let runner = try #require(try fake.runners().first)
            fake.program.signal(SIGKILL)
            #expect(fake.program.waitForEnd() == .signalled(SIGKILL))
            while let chunk = try client.readChunk() { #expect(!chunk.isEmpty, "the body must not end regularly") }
            #expect(isAlive(runner))
            #expect(getpgid(runner) == fake.program.pid)
            kill(runner, SIGTERM)
            #expect(blockUntil { !isAlive(runner) })
        }
    }

    @Test func aRunnerThatIgnoresTermIsLeftBehind() async throws {
        try await blocking {
            let fake = try FakeOllama(["RUNNER_IGNORES_TERM": "1"])
            try fake.awaitReady()
            _ = try fake.send("POST", "/api/generate", #"{"model":"gemma:270m","prompt":""}"#)
            let runner = try #require(try fake.runners().first)
            kill(-fake.program.pid, SIGTERM)
            #expect(fake.program.waitForEnd() == .exited(0))
            #expect(isAlive(runner))
            fake.program.killGroup()
            #expect(blockUntil { !isAlive(runner) })
        }
    }

    @Test(arguments: [["CRASH_SERVER_AFTER": "3"], ["EXIT_DURING_LOAD": "9"]])
    func theServerDiesOnRequest(switches: [String: String]) async throws {
        try await blocking {
            let fake = try FakeOllama(switches)
            try fake.awaitReady()
            let answer = try fake.send("POST", "/api/generate", ProcessTests.endless)
            let isCrash = switches["EXIT_DURING_LOAD"] == nil
            #expect(answer.end == (isCrash ? .cut : .noAnswer))
            #expect(answer.chunks.count == (isCrash ? 3 : 0))
            #expect(fake.program.waitForEnd() == (isCrash ? .signalled(SIGKILL) : .exited(9)))
        }
    }
}
