import HTTPTransport
import JSON
import Jobs
import Support
import Testing

@testable import Gateway

/// OpenAI's routes with the engine behind them.
@Suite(.timeLimit(.minutes(2)))
struct OpenAIFaceTests {
    static let chat: JSON = ["messages": [["role": "user", "content": "Hi"]]]
    static let streamed: JSON = ["messages": [["role": "user", "content": "Hi"]], "stream": true]
    private static let died = InferenceFailure(500, "the engine died")

    @Test(
        arguments: ["/v1/", "/openai/v1/", "/v2/local/openai/v1/"],
        ["chat/completions", "completions", "embeddings", "responses"]
    )
    func aBodyReachesTheServiceAsItCame(prefix: String, route: String) async throws {
        let text = #"{"model":"m","temperature":1.50,"odd":[1]}"#
        let body = try JSON(parsing: text)
        let service = FakeService { _, _ in body }
        try await Harness.run(serving: service) { harness async throws in
            let answer = try await harness.post(prefix + route, body)
            #expect(answer.status == 200)
            #expect(answer.text == text)
            #expect(answer.headers["X-Request-Id"]?.hasPrefix("req-") == true)
            #expect(answer.headers["X-Request-Id"] == service.requests.first?.id)
        }
        #expect(service.inputs == [.openAI("/v1/\(route)", try #require(body.object))])
    }

    @Test func aStreamComesFromTheThreadOfItsConnectionAndAWholeAnswerFromThePool() async throws {
        let places = Lock<[Bool]>([])
        let service = FakeService { _, say in
            places.withLock { $0.append(StreamExecutor.current is LoopExecutor) }
            try await say(.sent(1))
            return ["n": 1]
        }
        try await Harness.run(serving: service) { harness async throws in
            for body in [Self.streamed, Self.chat] { _ = try await harness.post("/v1/chat/completions", body) }
        }
        #expect(places.withLock { $0 } == [true, false])
    }

    @Test(
        arguments: [
            // What the engine says, and what the client reads.
            ([.sent(1), .sent(2), .done], nil, "data: {\"n\":1}\n\ndata: {\"n\":2}\n\ndata: [DONE]\n\n"),
            ([.alive, .sent(1), .alive], nil, "data: {\"n\":1}\n\ndata: [DONE]\n\n"),
            ([.object(["n": 1])], nil, "data: {\"n\":1}\n\ndata: [DONE]\n\n"),
            ([], nil, "data: {\"whole\":true}\n\ndata: [DONE]\n\n"),
            // Text is passed on as the engine wrote it.
            (
                [.serverSent(text: "event: x\ndata: {\"n\": 1.0 }\n\n", data: ["n": 1.0])], nil,
                "event: x\ndata: {\"n\": 1.0 }\n\ndata: [DONE]\n\n"
            ),
            // A cut stream never looks complete, whatever the engine made of its end.
            (
                [.sent(1)], died,
                "data: {\"n\":1}\n\ndata: {\"error\":{\"message\":\"the engine died\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n"
            ),
            (
                [.sent(1), .done], died,
                "data: {\"n\":1}\n\ndata: {\"error\":{\"message\":\"the engine died\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n"
            ),
            // The engine's own error is not said twice, and nothing is done after it.
            ([.sent(["error": ["message": "x"]])], died, "data: {\"error\":{\"message\":\"x\"}}\n\n"),
            ([.sent(["error": ["message": "x"]]), .done], nil, "data: {\"error\":{\"message\":\"x\"}}\n\n"),
            ([.sent(["error": .null])], nil, "data: {\"error\":null}\n\ndata: [DONE]\n\n"),
        ] as [([EngineEvent], InferenceFailure?, String)]
    )
    func aStreamEndsInDoneOrInAnError(events: [EngineEvent], failure: InferenceFailure?, text: String) async throws {
        let service = failure.map { FakeService.failing($0, after: events) } ?? .saying(events)
        try await Harness.run(serving: service) { harness async throws in
            let answer = try await harness.post("/v1/chat/completions", Self.streamed)
            #expect(answer.status == 200)
            #expect(answer.headers["Content-Type"] == "text/event-stream")
            #expect(answer.headers["X-Request-Id"] == service.requests.first?.id)
            #expect(answer.text == text)
        }
    }

    @Test func responsesEndInTheirOwnWay() async throws {
        let completed: JSON = ["type": "response.completed", "response": ["id": "r"]]
        let event = EngineEvent.serverSent(text: "event: response.completed\ndata: \(completed)\n\n", data: completed)
        try await Harness.run(serving: .saying([event])) { harness async throws in
            let answer = try await harness.post("/v1/responses", ["input": "x", "stream": true])
            #expect(answer.text == "event: response.completed\ndata: \(completed)\n\n")
        }
        try await Harness.run(serving: .saying([], ["id": "r"])) { harness async throws in
            let answer = try await harness.post("/v1/responses", ["input": "x", "stream": true])
            #expect(answer.text == "event: response.completed\ndata: \(completed)\n\n")
        }
        try await Harness.run(serving: .failing(Self.died, after: [.sent(["type": "response.created"])])) {
            harness async throws in
            let answer = try await harness.post("/v1/responses", ["input": "x", "stream": true])
            let last = try #require(answer.text.split(separator: "\n\n").last)
            #expect(last.hasPrefix("event: error\ndata: {\"type\":\"error\""))
            #expect(last.contains("the engine died"))
            #expect(!answer.text.contains("[DONE]"))
        }
    }

    @Test(
        arguments: [
            (InferenceFailure(400, "\"messages\" is missing"), "invalid_request_error", nil),
            (InferenceFailure(404, "no such model"), "not_found_error", nil),
            (InferenceFailure(429, "the line is full", retryAfter: 7), "rate_limit_error", "7"),
            (InferenceFailure(503, "this worker ends", retryAfter: 1), "server_error", "1"),
        ] as [(InferenceFailure, String, String?)],
        [true, false]
    )
    func whatFailsAtOnceHasItsStatus(
        expected: (failure: InferenceFailure, type: String, retryAfter: String?),
        streams: Bool
    ) async throws {
        try await Harness.run(serving: .failing(expected.failure)) { harness async throws in
            let answer = try await harness.post("/v1/chat/completions", streams ? Self.streamed : Self.chat)
            #expect(answer.status == expected.failure.status)
            #expect(answer.json["error"]?["message"]?.string == expected.failure.description)
            #expect(answer.json["error"]?["type"]?.string == expected.type)
            #expect(answer.headers["Retry-After"] == expected.retryAfter)
            #expect(answer.headers["X-Request-Id"]?.hasPrefix("req-") == true, "an error can be found in the log, too")
        }
    }

    @Test func theEnginesErrorObjectIsHandedOn() async throws {
        let object: JSON = ["error": ["message": "too long", "type": "exceed_context_size_error", "code": 400]]
        try await Harness.run(serving: .failing(InferenceFailure(400, object.description))) { harness async throws in
            #expect(try await harness.post("/v1/chat/completions", Self.chat).json == object)
        }
    }

    @Test func modelsAreListedForOpenAIAndKServe() async throws {
        try await Harness.run(serving: FakeService()) { harness async throws in
            let list = try await harness.get("/v1/models").json
            #expect(list["object"] == "list")
            #expect(
                list["data"] == [
                    ["id": "gemma:270m", "object": "model", "created": 1_795_227_168, "owned_by": "library"],
                    ["id": "hf.co/org/name:Q4", "object": "model", "created": 1_795_227_168, "owned_by": "org"],
                ]
            )
            #expect(list["models"] == ["gemma:270m", "hf.co/org/name:Q4"])
            #expect(try await harness.get("/openai/v1/models").json == list)
        }
    }

    @Test(
        arguments: [
            "gemma:270m", "gemma%3A270m", "hf.co/org/name:Q4", "hf.co%2Forg%2Fname%3AQ4", "hf.co%2forg/name%3aQ4",
        ]
    )
    func oneModelIsFoundHoweverItsNameIsWritten(name: String) async throws {
        let service = FakeService()
        try await Harness.run(serving: service) { harness async throws in
            let model = try await harness.get("/v1/models/\(name)").json
            #expect(model["object"] == "model")
            #expect(model["id"] == model["name"])
            #expect(model["created"] == 1_795_227_168)
            #expect(model["ready"] == true)
            service.set(.starting)
            let loading = try await harness.get("/openai/v1/models/\(name)")
            #expect(loading.status == 200)
            #expect(loading.json["ready"] == false)
        }
    }

    @Test(
        arguments: [
            ("GET", "/v1/models/nosuch", nil, 404), ("GET", "/v1/nothing", nil, 404),
            ("GET", "/v1/chat/completions", nil, 405), ("POST", "/v1/models", "{}", 405),
            ("DELETE", "/v1/models/gemma:270m", nil, 405), ("OPTIONS", "/v1/chat/completions", nil, 405),
            ("POST", "/v1/chat/completions", "", 400), ("POST", "/v1/chat/completions", "[]", 400),
            ("POST", "/v1/chat/completions", "{", 400), ("POST", "/v1/chat/completions", "{\"stream\": \"yes\"}", 400),
            ("POST", "/v1/completions", "{\"stream\": 1}", 400),
            ("POST", "/v1/completions", String(repeating: "[", count: 5000), 400),
        ] as [(String, String, String?, Int)]
    )
    func whatIsWrongIsSaidInOpenAIsShape(method: String, path: String, body: String?, status: Int) async throws {
        let service = FakeService()
        try await Harness.run(serving: service) { harness async throws in
            let answer = try await harness.send(method, path, body.map { Array($0.utf8) })
            #expect(answer.status == status)
            #expect(answer.json["error"]?["message"]?.string?.isEmpty == false, "\(answer.text)")
        }
        #expect(service.requests.isEmpty)
    }

    @Test func aBodyAboveTheLimitIsRefusedBeforeItIsRead() async throws {
        let service = FakeService()
        try await Harness.run(serving: service, { $0.limits.runSync = 1000 }) { harness async throws in
            for path in ["/v1/completions", "/api/generate", "/invocations", "/v2/models/mine/infer"] {
                let body = "{\"prompt\": \"\(String(repeating: "x", count: 2000))\"}"
                #expect(try await harness.send("POST", path, Array(body.utf8)).status == 413)
            }
        }
        #expect(service.requests.isEmpty)
    }

    @Test func keysAreAskedForOnAllFaces() async throws {
        try await Harness.run(serving: FakeService(), { $0.apiKeys = ["secret"] }) { harness async throws in
            let stranger = Harness(gateway: harness.gateway, http: harness.http, port: harness.port, key: nil)
            for path in ["/v1/models", "/v1/models/mine", "/api/tags", "/v2", "/v2/models/mine"] {
                #expect(try await stranger.get(path).status == 401)
                #expect(try await harness.get(path).status == 200)
            }
            for path in ["/v1/completions", "/api/generate", "/invocations", "/v1/models/mine:predict"] {
                #expect(try await stranger.post(path, ["prompt": "x"]).status == 401)
            }
        }
    }
}
