import JSON
import TestSupport
import Testing

/// The fake gives what the recorded program gave.
struct ReplayTests {
    @Test func everyReplayedRecordingComesBackAsItWasRecorded() async throws {
        try await blocking {
            let fake = try FakeOllama(["TOKEN_US": "0", "LOAD_MS": "0"])
            try fake.awaitReady()
            for name in try replayedNames(fake) {
                let recorded = try RecordedExchange(name)
                let client = try WireClient(port: fake.port)
                try client.send(
                    recorded.method,
                    recorded.target,
                    headers: recorded.headers + [("Connection", "close")],
                    body: recorded.body.map { Array($0.utf8) }
                )
                let answer = try client.readResponse(to: recorded.method)
                #expect(answer.status == recorded.status, "\(name)")
                #expect(answer.header("Content-Type") == recorded.contentType, "\(name)")
                #expect((answer.end == .lastChunk) == recorded.isChunked, "\(name): \(answer.end)")
                let chunks = answer.chunks.map { Volatile.masked(String(decoding: $0, as: UTF8.self)) }
                #expect(chunks == recorded.chunks.map(Volatile.masked), "\(name)")
            }
        }
    }

    @Test func everyRecordingIsReplayedOrLeftOutForAReason() async throws {
        try await blocking {
            let fake = try FakeOllama()
            try fake.awaitReady()
            let replayed = try replayedNames(fake)
            let leftOut = notReplayed.flatMap(\.names)
            #expect(Set(leftOut).count == leftOut.count)
            #expect(Set(replayed).intersection(leftOut).isEmpty)
            let unaccounted = Set(try RecordedExchange.names()).symmetricDifference(replayed + leftOut)
            #expect(unaccounted == [])
        }
    }

    @Test(arguments: [
        (
            "/api/generate", #"{"model":"gemma:270m","prompt":"unheard of","options":{"num_predict":3}}"#,
            "generate-stream"
        ),
        (
            "/api/chat", #"{"model":"gemma:270m","messages":[{"role":"user","content":"new"}],"stream":false}"#,
            "chat-nonstream"
        ),
        (
            "/v1/chat/completions",
            #"{"model":"gemma:270m","messages":[{"role":"user","content":"new"}],"stream":true}"#,
            "v1-chat-stream-no-usage"
        ),
        ("/v1/completions", #"{"model":"gemma:270m","prompt":"new"}"#, "v1-completions-nonstream"),
        ("/v1/responses", #"{"model":"gemma:270m","input":"new"}"#, "v1-responses-nonstream"),
        ("/api/embed", #"{"model":"tiny-embed","input":["one","two"]}"#, "embed-array"),
    ])
    func anAnswerWithoutARecordingHasTheShapeOfARecordedOne(target: String, body: String, recording: String)
        async throws
    {
        try await blocking {
            let fake = try FakeOllama()
            try fake.awaitReady()
            let answer = try fake.send("POST", target, body)
            let recorded = try RecordedExchange(recording)
            #expect(answer.status == 200)
            #expect(answer.header("Content-Type") == recorded.contentType)
            let last = String(decoding: try #require(answer.chunks.last), as: UTF8.self)
            #expect(members(of: last) == members(of: try #require(recorded.chunks.last)))
            let first = String(decoding: try #require(answer.chunks.first), as: UTF8.self)
            #expect(members(of: first) == members(of: try #require(recorded.chunks.first)))
        }
    }

    @Test func generatedWordsSayTheirOwnNumber() async throws {
        try await blocking {
            let fake = try FakeOllama(["TOKENS": "4"])
            try fake.awaitReady()
            let whole = try fake.send("POST", "/api/generate", #"{"model":"gemma:270m","prompt":"x","stream":false}"#)
            let answer = try JSON(parsing: whole.body)
            #expect(answer["response"] == "w0 w1 w2 w3")
            #expect(answer["eval_count"] == 4)
            #expect(answer["done_reason"] == "stop")
            let cut = try fake.send(
                "POST",
                "/v1/completions",
                #"{"model":"gemma:270m","prompt":"x","max_tokens":2}"#
            )
            let choice = try JSON(parsing: cut.body)["choices"]?[0]
            #expect(choice?["text"] == "w0 w1")
            #expect(choice?["finish_reason"] == "length")
        }
    }
}

func replayedNames(_ fake: FakeOllama) throws -> [String] {
    try JSON(parsing: try fake.send("GET", "/fake/recordings").body).array?.compactMap(\.string) ?? []
}

/// The names of all members in the order in which they stand, a list's elements once.
private func members(of text: String) -> [String] {
    var names: [String] = []
    for match in text.matches(of: /"([a-z_]+)":/) where !names.contains(String(match.output.1)) {
        names.append(String(match.output.1))
    }
    return names
}

/// The recordings whose request alone does not decide the answer, and where they are acted out instead.
private let notReplayed: [(reason: String, names: [String])] = [
    (
        "the answer depends on what is loaded: StateTests",
        [
            "chat-empty-messages-load", "chat-empty-messages-unload", "generate-empty-prompt-already-loaded",
            "generate-empty-prompt-load-cold", "generate-load-keepalive-90s", "generate-load-keepalive-minus1",
            "generate-unload-keepalive-0", "generate-unload-when-not-loaded", "ps-1s-after-unload",
            "ps-after-generate-with-keepalive-0", "ps-embedding-model", "ps-empty", "ps-loaded-default-keepalive",
            "ps-loaded-keepalive-90s", "ps-loaded-keepalive-minus1", "ps-loaded-num-parallel-4",
            "ps-right-after-unload",
            "tags", "tags-empty", "v1-models",
        ]
    ),
    (
        "the same request as another recording, which is replayed",
        ["chat-stream-cold-reload", "embed-string-warm", "blob-head-missing", "error-delete-unknown"]
    ),
    (
        "the answer depends on headers: StateTests",
        ["options-cors-allowed", "error-cors-forbidden", "error-foreign-host-header", "version-host-header-any-ip"]
    ),
    ("the queue was full: FaultTests", ["queue-full-client-4", "queue-full-client-5", "queue-full-v1-chat"]),
    (
        "the runner was killed: FaultTests",
        [
            "runner-killed-chat-stream", "runner-killed-during-load", "runner-killed-generate-nonstream",
            "runner-killed-generate-stream", "runner-killed-v1-chat-stream",
        ]
    ),
    (
        "the server was ended: ProcessTests",
        ["server-killed-generate-stream", "shutdown-sigterm-inflight-nonstream", "shutdown-sigterm-inflight-stream"]
    ),
    (
        "the client hung up: FaultTests",
        [
            "disconnect-chat-stream", "disconnect-generate-nonstream", "disconnect-generate-stream",
            "disconnect-v1-chat-stream", "generate-num_predict-0", "generate-num_predict-0-stream",
        ]
    ),
    ("the load was stopped: FaultTests", ["error-load-timeout"]),
    (
        "the fake reads no weights and writes no store",
        [
            "blob-tensor-data-overwritten-generate", "error-blob-digest-mismatch",
            "error-blob-last-100-bytes-missing-generate", "error-blob-magic-overwritten-generate",
            "error-blob-metadata-overwritten-generate", "error-blob-missing-generate",
            "error-blob-truncated-to-1000-bytes-generate", "error-blob-truncated-to-half-generate",
            "error-blob-unreadable-generate", "error-blob-zero-length-generate", "error-create-models-readonly-mount",
            "error-create-models-unwritable", "error-delete-models-unwritable",
            "error-manifest-config-blob-missing-generate", "error-manifest-corrupt-generate",
            "error-manifest-empty-generate", "error-runner-binary-missing",
        ]
    ),
]
