import JSON
import TestSupport
import Testing

/// What depends on what was asked before.
struct StateTests {
    private static let load = #"{"model":"gemma:270m","prompt":""}"#

    @Test func loadingShowsInPsAndUnloadingTakesItOut() async throws {
        try await blocking {
            let fake = try FakeOllama()
            try fake.awaitReady()
            try expect(fake, "ps-empty")
            try expect(fake, "generate-unload-when-not-loaded")
            try expect(fake, "generate-empty-prompt-load-cold")
            try expect(fake, "ps-loaded-default-keepalive")
            try expect(fake, "generate-empty-prompt-already-loaded")
            try expect(fake, "chat-empty-messages-load")
            try expect(fake, "generate-load-keepalive-90s")
            try expect(fake, "ps-loaded-keepalive-90s")
            try expect(fake, "generate-load-keepalive-minus1")
            try expect(fake, "ps-loaded-keepalive-minus1")
            #expect(try fake.send("GET", "/api/ps").text.contains("\"expires_at\":\"23"))
            #expect(try fake.loads() == 1)
            try expect(fake, "generate-unload-keepalive-0")
            try expect(fake, "ps-right-after-unload")
            try expect(fake, "chat-empty-messages-load")
            try expect(fake, "chat-empty-messages-unload")
            try expect(fake, "ps-empty")
            #expect(try fake.loads() == 2)
        }
    }

    @Test func keepAliveZeroUnloadsAfterTheAnswer() async throws {
        try await blocking {
            let fake = try FakeOllama()
            try fake.awaitReady()
            try expect(fake, "generate-nonstream-with-keepalive-0")
            #expect(try blockUntil { try fake.runners().isEmpty })
            try expect(fake, "ps-after-generate-with-keepalive-0")
        }
    }

    @Test func aModelLeavesWhenItsKeepAliveIsOverAndItsRunnerEnds() async throws {
        try await blocking {
            let fake = try FakeOllama(environment: ["OLLAMA_KEEP_ALIVE": "1s"])
            try fake.awaitReady()
            _ = try fake.send("POST", "/api/generate", StateTests.load)
            #expect(try blockUntil { try fake.runners().isEmpty })
            #expect(blockUntil { fake.events("runner_ended").count == 1 })
        }
    }

    @Test func anotherContextReplacesTheRunner() async throws {
        try await blocking {
            let fake = try FakeOllama(environment: ["OLLAMA_CONTEXT_LENGTH": "8192"])
            try fake.awaitReady()
            let plain = #"{"model":"gemma:270m","prompt":"x","options":{"num_predict":1}}"#
            let small = #"{"model":"gemma:270m","prompt":"x","options":{"num_predict":1,"num_ctx":100}}"#
            for body in [plain, plain, small, small, plain] { _ = try fake.send("POST", "/api/generate", body) }
            #expect(fake.events("load_started").map { $0["context"]?.int } == [8192, 256, 8192])
        }
    }

    @Test func thereIsRoomForAsManyModelsAsAllowed() async throws {
        try await blocking {
            let fake = try FakeOllama(environment: ["OLLAMA_MAX_LOADED_MODELS": "1"])
            try fake.awaitReady()
            _ = try fake.send("POST", "/api/generate", StateTests.load)
            _ = try fake.send("POST", "/api/embed", #"{"model":"tiny-embed","input":"x"}"#)
            #expect(try fake.send("GET", "/api/ps").text.contains("tiny-embed:latest"))
            #expect(try fake.runners().count == 1)
        }
    }

    @Test func theListsHaveTheModelsThatTheSwitchNames() async throws {
        try await blocking {
            let fake = try FakeOllama(["MODELS": "gemma-tools:270m,gemma:270m"])
            try fake.awaitReady()
            try expect(fake, "tags")
            try expect(fake, "v1-models")
            try fake.throwSwitches(["MODELS": ""])
            try expect(fake, "tags-empty")
        }
    }

    @Test(arguments: [
        "options-cors-allowed", "error-cors-forbidden", "error-foreign-host-header", "version-host-header-any-ip",
    ])
    func headersDecide(recording: String) async throws {
        try await blocking {
            let fake = try FakeOllama()
            try fake.awaitReady()
            let recorded = try RecordedExchange(recording)
            let answer = try WireClient.exchange(
                port: fake.port,
                recorded.method,
                recorded.target,
                headers: recorded.headers
            )
            #expect(answer.status == recorded.status)
            #expect(answer.text == recorded.chunks.joined())
        }
    }
}

/// Sends a recorded request and expects its recorded answer.
func expect(_ fake: FakeOllama, _ name: String, location: SourceLocation = #_sourceLocation) throws {
    let recorded = try RecordedExchange(name)
    let answer = try fake.send(recorded.method, recorded.target, recorded.body)
    #expect(answer.status == recorded.status, "\(name)", sourceLocation: location)
    #expect(answer.header("Content-Type") == recorded.contentType, "\(name)", sourceLocation: location)
    let body = Volatile.masked(recorded.chunks.joined())
    #expect(Volatile.masked(answer.text) == body, "\(name)", sourceLocation: location)
}
