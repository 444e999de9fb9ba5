import Glibc
import JSON
import TestSupport
import Testing

/// Runners that die or hang, clients that hang up, full queues: as recorded, and on request.
struct FaultTests {
    private static let generate = #"{"model":"gemma:270m","prompt":"Count: 1 2 3","options":{"num_predict":3000}}"#
    private static let chat =
        #"{"model":"gemma:270m","messages":[{"role":"user","content":"Count"}],"options":{"num_predict":3000}}"#
    private static let openAI =
        #"{"model":"gemma:270m","messages":[{"role":"user","content":"Count"}],"stream":true,"max_tokens":3000}"#

    // MARK: Dead runners

    @Test(arguments: [
        ("/api/generate", generate, "runner-killed-generate-stream"),
        ("/api/chat", chat, "runner-killed-chat-stream"),
        ("/v1/chat/completions", openAI, "runner-killed-v1-chat-stream"),
    ])
    func aRunnerKilledInAStreamEndsItAsRecorded(target: String, body: String, recording: String) async throws {
        try await blocking {
            let fake = try FakeOllama(["TOKEN_US": "2000"])
            try fake.awaitReady()
            let client = try begin(fake, target, body)
            _ = try client.readChunk()
            kill(try #require(try fake.runners().first), SIGKILL)
            var chunks: [String] = []
            while let chunk = try client.readChunk(), !chunk.isEmpty {
                chunks.append(String(decoding: chunk, as: UTF8.self))
            }
            let recorded = try #require(try RecordedExchange(recording).chunks.last)
            #expect(chunks.last.map(Volatile.masked) == Volatile.masked(recorded))
            #expect(!chunks.joined().contains("[DONE]"))
        }
    }

    @Test func aRunnerKilledBeforeTheAnswerIs500AndTheNextRequestGetsANewOne() async throws {
        try await blocking {
            let fake = try FakeOllama(["CRASH_RUNNER_AFTER": "3"])
            try fake.awaitReady()
            let body = #"{"model":"gemma:270m","prompt":"x","stream":false}"#
            let answer = try fake.send("POST", "/api/generate", body)
            #expect(answer.status == 500)
            #expect(answer.text == (try RecordedExchange("runner-killed-generate-nonstream").chunks.joined()))
            #expect(blockUntil { fake.events("runner_ended").count == 1 })
            #expect(try fake.send("GET", "/api/ps").text.contains("gemma:270m"), "nobody has looked yet")
            try fake.throwSwitches(["CRASH_RUNNER_AFTER": .null])
            #expect(try fake.send("POST", "/api/generate", body).status == 200)
            #expect(try fake.loads() == 2)
            #expect(fake.program.standardError.contains("llama-server process no longer running"))
        }
    }

    @Test func aRunnerKilledWhileItLoadsIsTheAnswer() async throws {
        try await blocking {
            let fake = try FakeOllama(["RUNNER_DIES_LOADING": "1"])
            try fake.awaitReady()
            let answer = try fake.send("POST", "/api/generate", FaultTests.generate)
            #expect(answer.status == 500)
            #expect(answer.text == (try RecordedExchange("runner-killed-during-load").chunks.joined()))
        }
    }

    @Test func aPoisonousPromptKillsTheRunnerEachTime() async throws {
        try await blocking {
            let fake = try FakeOllama(["POISON": "arsenic"])
            try fake.awaitReady()
            for prompt in ["water", "arsenic", "water", "arsenic"] {
                let body = #"{"model":"gemma:270m","prompt":"\#(prompt)","stream":false}"#
                let status = try fake.send("POST", "/api/generate", body).status
                #expect(status == (prompt == "arsenic" ? 500 : 200))
            }
            #expect(try fake.loads() == 2)
        }
    }

    @Test func onlyAsManyFaultsHappenAsTheCounterAllows() async throws {
        try await blocking {
            let folder = try TemporaryFolder()
            let fake = try FakeOllama(["CRASH_RUNNER_AFTER": "2", "COUNTER": folder.path("count"), "TIMES": "2"])
            try fake.awaitReady()
            let body = #"{"model":"gemma:270m","prompt":"x","stream":false}"#
            let statuses = try (0..<4).map { _ in try fake.send("POST", "/api/generate", body).status }
            #expect(statuses == [500, 500, 200, 200])
        }
    }

    // MARK: Hanging

    @Test func aStoppedRunnerHangsItsRequestAndNothingElse() async throws {
        try await blocking {
            let fake = try FakeOllama(["HANG_AFTER": "2", "HANG_HOW": "runner"])
            try fake.awaitReady()
            let client = try begin(fake, "/api/generate", FaultTests.generate)
            _ = try client.readChunk()
            _ = try client.readChunk()
            let runner = try #require(try fake.runners().first)
            #expect(blockUntil { isStopped(runner) })
            #expect(try fake.send("GET", "/api/version").status == 200)
            #expect(!client.hasBufferedInput)
            fake.program.signal(SIGTERM)
            #expect(fake.program.waitForEnd() == .exited(0))
            #expect(blockUntil { !isAlive(runner) })
        }
    }

    @Test func aServerThatStopsItselfAnswersNobody() async throws {
        try await blocking {
            let fake = try FakeOllama(["HANG_AFTER": "2", "HANG_HOW": "server"])
            try fake.awaitReady()
            let client = try begin(fake, "/api/generate", FaultTests.generate)
            for _ in 0..<2 { #expect(try client.readChunk()?.isEmpty == false) }
            #expect(blockUntil { isStopped(fake.program.pid) })
            let other = try WireClient(port: fake.port, patience: .milliseconds(300))
            try other.send("GET", "/api/version")
            #expect(throws: SocketError.self) { try other.readHead() }
        }
    }

    @Test func aSilentHangSendsNothingMoreOnThisAnswer() async throws {
        try await blocking {
            let fake = try FakeOllama(["HANG_AFTER": "0"])
            try fake.awaitReady()
            let client = try WireClient(port: fake.port, patience: .milliseconds(300))
            try client.send("POST", "/api/generate", body: Array(FaultTests.generate.utf8))
            #expect(throws: SocketError.self) { try client.readHead() }
            #expect(try fake.send("GET", "/api/ps").status == 200)
        }
    }

    @Test func aLoadWithoutProgressTimesOut() async throws {
        try await blocking {
            let fake = try FakeOllama(["LOAD_MS": "60000"], environment: ["OLLAMA_LOAD_TIMEOUT": "1s"])
            try fake.awaitReady()
            let answer = try fake.send("POST", "/api/generate", FaultTests.generate)
            #expect(answer.status == 500)
            #expect(answer.text == (try RecordedExchange("error-load-timeout").chunks.joined()))
        }
    }

    // MARK: Clients that hang up

    @Test(arguments: [("/api/generate", generate), ("/api/chat", chat), ("/v1/chat/completions", openAI)])
    func aClientThatHangsUpStopsTheTokens(target: String, body: String) async throws {
        try await blocking {
            let fake = try FakeOllama(["TOKEN_US": "5000"])
            try fake.awaitReady()
            var client: WireClient? = try begin(fake, target, body)
            _ = try client?.readChunk()
            client = nil
            #expect(blockUntil { fake.events("client_gone").count == 1 })
            #expect(try #require(fake.events("client_gone").first?["tokens"]?.int) < 3000)
            #expect(blockUntil { fake.program.standardError.contains("cancel task") })
        }
    }

    @Test func anAnswerWithoutALimitNeverEnds() async throws {
        try await blocking {
            let fake = try FakeOllama(["TOKEN_US": "0"])
            try fake.awaitReady()
            let recorded = try RecordedExchange("generate-num_predict-0-stream")
            let client = try begin(fake, recorded.target, try #require(recorded.body))
            for _ in 0..<6000 { #expect(try client.readChunk()?.isEmpty == false) }
        }
    }

    @Test func theFirstClientTakesItsLoadWithIt() async throws {
        try await blocking {
            let fake = try FakeOllama(["LOAD_MS": "60000"])
            try fake.awaitReady()
            var client: WireClient? = try WireClient(port: fake.port)
            try client?.send("POST", "/api/generate", body: Array(FaultTests.generate.utf8))
            #expect(blockUntil { fake.events("load_started").count == 1 })
            client = nil
            #expect(blockUntil { fake.events("load_failed").count == 1 && fake.events("runner_ended").count == 1 })
            #expect(blockUntil { fake.program.standardOutput.contains("| 499 |") })
        }
    }

    // MARK: Queues

    @Test func moreRequestsThanTheQueueHoldsAreRefusedWhileAModelLoads() async throws {
        try await blocking {
            let fake = try FakeOllama(["LOAD_MS": "60000"], environment: ["OLLAMA_MAX_QUEUE": "1"])
            try fake.awaitReady()
            let waiting = try (0..<2).map { number in
                let client = try WireClient(port: fake.port)
                try client.send("POST", "/api/generate", body: Array(FaultTests.generate.utf8))
                #expect(blockUntil { fake.events("request").filter { $0["path"] == "/api/generate" }.count > number })
                return client
            }
            #expect(blockUntil { fake.events("load_started").count == 1 })
            // A request that came before the second one is in the queue takes its place, and is not answered.
            #expect(
                blockUntil {
                    let probe = try? WireClient(port: fake.port, patience: .milliseconds(300))
                    try? probe?.send("POST", "/api/generate", body: Array(FaultTests.generate.utf8))
                    return (try? probe?.readHead())??.status == 503
                }
            )
            try expect(fake, "queue-full-client-4")
            try expect(fake, "queue-full-client-5")
            try expect(fake, "queue-full-v1-chat")
            withExtendedLifetime(waiting) {}
        }
    }

    @Test(arguments: [1, 3])
    func aRunnerAnswersAsManyAtOnceAsItHasSlots(slots: Int) async throws {
        try await blocking {
            let fake = try FakeOllama(["TOKEN_US": "1000"], environment: ["OLLAMA_NUM_PARALLEL": "\(slots)"])
            try fake.awaitReady()
            let body = #"{"model":"gemma:270m","prompt":"x","options":{"num_predict":0}}"#
            let clients = try (0..<slots).map { _ in try begin(fake, "/api/generate", body) }
            for client in clients { #expect(try client.readChunk() != nil) }
            let late = try WireClient(port: fake.port, patience: .milliseconds(300))
            try late.send("POST", "/api/generate", body: Array(body.utf8))
            #expect(throws: SocketError.self) { try late.readHead() }
        }
    }

    @Test func aSwitchMakesItBusy() async throws {
        try await blocking {
            let fake = try FakeOllama(["BUSY": "1"])
            try fake.awaitReady()
            try expect(fake, "queue-full-v1-chat")
        }
    }

    @Test func anErrorLineComesInsideA200AndTheRunnerLivesOn() async throws {
        try await blocking {
            let fake = try FakeOllama(["ERROR_LINE_AFTER": "2"])
            try fake.awaitReady()
            let answer = try fake.send("POST", "/api/generate", #"{"model":"gemma:270m","prompt":"x"}"#)
            #expect(answer.status == 200)
            #expect(answer.end == .lastChunk)
            #expect(answer.chunks.count == 3)
            #expect(try JSON(parsing: try #require(answer.chunks.last))["error"]?.string != nil)
            #expect(try fake.runners().count == 1)
        }
    }

    @Test func garbageIsNotHTTP() async throws {
        try await blocking {
            let fake = try FakeOllama(["GARBAGE": "1"])
            #expect(blockUntil { fake.events("listening").count == 1 })
            let client = try WireClient(port: fake.port)
            try client.send("GET", "/api/version")
            #expect(throws: MalformedMessage.self) { try client.readHead() }
        }
    }
}

/// A request whose answer is read chunk by chunk.
func begin(_ fake: FakeOllama, _ target: String, _ body: String) throws -> WireClient {
    let client = try WireClient(port: fake.port)
    try client.send("POST", target, body: Array(body.utf8))
    #expect(try client.readHead()?.status == 200)
    return client
}

private func isStopped(_ pid: Int32) -> Bool {
    let text = (try? Fixture.bytes(of: "/proc/\(pid)/stat")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return text.contains(") T ")
}
