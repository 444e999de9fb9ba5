import HTTPTransport
import JSON
import Jobs
import LocalQueue
import Support
import TestSupport
import Testing

@testable import Gateway

/// Ollama's routes, as its command line and its clients meet them.
@Suite(.timeLimit(.minutes(2)))
struct OllamaFaceTests {
    @Test(
        arguments: [
            (.generate, ["prompt": "x"], .stream(.native(.generate, ["prompt": "x", "stream": true]))),
            (
                .generate, ["model": "m", "prompt": "x", "stream": false],
                .whole(.native(.generate, ["model": "m", "prompt": "x", "stream": false]))
            ),
            (
                .chat, ["stream": .null, "messages": [[:]]],
                .stream(.native(.chat, ["stream": true, "messages": [[:]]]))
            ),
            // What is wrong with a prompt is said by whoever knows what a prompt is.
            (.generate, ["prompt": 5], .stream(.native(.generate, ["prompt": 5, "stream": true]))),
            (.generate, ["model": "m"], .load(model: "m", isChat: false)),
            (.generate, ["model": "m", "prompt": "", "keep_alive": -1], .load(model: "m", isChat: false)),
            (.generate, ["prompt": .null], .load(model: nil, isChat: false)),
            (.chat, ["model": "", "messages": [], "stream": false], .load(model: nil, isChat: true)),
            // Nobody unloads this worker's model.
            (
                .generate, ["model": "m", "keep_alive": 0],
                .load(model: "m", isChat: false)
            ),
            (
                .chat, ["messages": [], "keep_alive": "0s"],
                .load(model: nil, isChat: true)
            ),
            (.embed, ["input": ["a"], "stream": true], .whole(.native(.embed, ["input": ["a"], "stream": true]))),
            (.embeddings, ["prompt": "a"], .whole(.native(.embeddings, ["prompt": "a"]))),
        ] as [(OllamaRoute, JSON.Object, OllamaRequest)]
    )
    func bodiesAreTakenAsOllamaTakesThem(route: OllamaRoute, body: JSON.Object, request: OllamaRequest) throws {
        #expect(try OllamaRequest(route, body) == request)
    }

    @Test(arguments: [["stream": "yes", "prompt": "x"], ["model": 5]] as [JSON.Object])
    func whatDecidesTheAnswerMustBeOfItsType(body: JSON.Object) {
        #expect(throws: Refusal.self) { try OllamaRequest(.generate, body) }
    }

    @Test func streamingIsTheDefaultAndOneObjectALine() async throws {
        let chunks: [EngineEvent] = [
            .object(["model": "m", "response": "a", "done": false]), .alive,
            .object(["model": "m", "response": "", "done": true, "total_duration": 1_000_000_000_000]),
        ]
        try await Harness.run(serving: .saying(chunks)) { harness async throws in
            let answer = try await harness.post("/api/generate", ["model": "m", "prompt": "x"])
            #expect(answer.status == 200)
            #expect(answer.headers["Content-Type"] == "application/x-ndjson")
            #expect(
                answer.text == """
                    {"model":"m","response":"a","done":false}
                    {"model":"m","response":"","done":true,"total_duration":1000000000000}

                    """
            )
        }
    }

    @Test(arguments: ["/api/generate", "/api/chat", "/api/embed", "/api/embeddings"])
    func aWholeAnswerIsOneObject(path: String) async throws {
        try await Harness.run(serving: .saying([], ["done": true])) { harness async throws in
            let body: JSON = ["prompt": "x", "messages": [[:]], "input": "x", "stream": false]
            let answer = try await harness.post(path, body)
            #expect(answer.headers["Content-Type"] == "application/json")
            #expect(answer.text == "{\"done\":true}")
        }
    }

    @Test func aCutStreamEndsInALineWithItsError() async throws {
        let service = FakeService.failing(InferenceFailure(500, "the engine died"), after: [.object(["response": "a"])])
        try await Harness.run(serving: service) { harness async throws in
            let answer = try await harness.post("/api/chat", ["messages": [["role": "user", "content": "x"]]])
            #expect(answer.status == 200)
            #expect(answer.text == "{\"response\":\"a\"}\n{\"error\":\"the engine died\"}\n")
        }
    }

    @Test(arguments: [true, false])
    func whatFailsAtOnceHasItsStatusAndAText(streams: Bool) async throws {
        let object: JSON = ["error": ["message": "too long", "code": 400]]
        for (failure, text) in [
            (InferenceFailure(404, "model 'm' not found"), "model 'm' not found"),
            (InferenceFailure(429, "the line is full", retryAfter: 3), "the line is full"),
            (InferenceFailure(400, object.description), "too long"),
        ] {
            try await Harness.run(serving: .failing(failure)) { harness async throws in
                let answer = try await harness.post("/api/generate", ["prompt": "x", "stream": .bool(streams)])
                #expect(answer.status == failure.status)
                #expect(answer.json == ["error": .string(text)])
                #expect(answer.headers["Retry-After"] == failure.retryAfter.map(String.init))
            }
        }
    }

    @Test(arguments: [("/api/generate", "response"), ("/api/chat", "message")])
    func anEmptyRequestLoadsTheModel(path: String, member: String) async throws {
        let service = FakeService { _, _ in ["model": "gemma:270m"] }
        try await Harness.run(serving: service) { harness async throws in
            for body: JSON in [["model": "mine"], ["model": "mine", "prompt": "", "messages": []]] {
                let answer = try await harness.post(path, body)
                #expect(answer.headers["Content-Type"] == "application/json")
                #expect(answer.json.object?.map(\.key) == ["model", "created_at", member, "done", "done_reason"])
                #expect(answer.json["model"] == "mine")
                #expect(answer.json["done_reason"] == "load")
                #expect(answer.json["created_at"]?.string.flatMap(UTCTime.init)?.seconds ?? 0 > 1_700_000_000)
            }
            #expect(try await harness.post(path, [:]).json["model"] == "gemma:270m")
        }
        #expect(service.inputs == [.load(model: "mine"), .load(model: "mine"), .load(model: nil)])
    }

    @Test func modelsAreShownAsTheServiceKnowsThem() async throws {
        try await Harness.run(serving: FakeService(), { $0.version = "0.32.15" }) { harness async throws in
            #expect(try await harness.get("/api/tags").json["models"]?.array?.count == 2)
            #expect(try await harness.get("/api/ps").json == ["models": []])
            #expect(try await harness.get("/api/version").json == ["version": "0.32.15"])
            #expect(try await harness.post("/api/show", ["model": "mine"]).json["details"] == ["format": "gguf"])
            #expect(try await harness.post("/api/show", ["name": "mine"]).status == 200)
            #expect(try await harness.post("/api/show", ["model": "nosuch"]).status == 404)
            #expect(try await harness.post("/api/show", ["model": ""]).status == 400)
            #expect(try await harness.post("/api/show", [:]).status == 400)
        }
    }

    /// The command line asks `HEAD /` before anything else; others look for the sentence.
    @Test func theRootSaysOllamaToProgramsAndShowsThePageToPeople() async throws {
        try await Harness.run(serving: FakeService()) { harness async throws in
            let head = try await harness.send("HEAD", "/")
            #expect(head.status == 200 && head.bytes.isEmpty)
            #expect(try await harness.get("/").text == "Ollama is running")
            let page = try await harness.send("GET", "/", headers: [(name: "Accept", value: "text/html,*/*")])
            #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
            #expect(page.text.contains("<!doctype html>"))
        }
        try await Harness.run(serving: FakeService(), { $0.doors = .inference }) { harness async throws in
            let answer = try await harness.send("GET", "/", headers: [(name: "Accept", value: "text/html")])
            #expect(answer.text == "Ollama is running")
        }
    }

    @Test(
        arguments: [
            ("POST", "/api/pull"), ("POST", "/api/push"), ("POST", "/api/create"), ("POST", "/api/copy"),
            ("DELETE", "/api/delete"), ("POST", "/api/blobs/sha256:00"),
        ]
    )
    func modelsAreNotChangedOverHTTP(method: String, path: String) async throws {
        try await Harness.run(serving: FakeService()) { harness async throws in
            let answer = try await harness.send(method, path, Array("{\"model\": \"x\"}".utf8))
            #expect(answer.status == 501)
            #expect(answer.json["error"]?.string?.contains("kindling pull") == true)
        }
    }

    @Test(
        arguments: [
            ("GET", "/api/generate", nil, 405), ("POST", "/api/tags", "{}", 405), ("GET", "/api/delete", nil, 405),
            ("GET", "/api/nope", nil, 404), ("GET", "/api", nil, 404), ("POST", "/api/chat", "", 400),
            ("POST", "/api/chat", "{bad", 400), ("POST", "/api/chat", "\"x\"", 400),
            ("POST", "/api/generate", "{\"stream\": \"yes\"}", 400),
        ] as [(String, String, String?, Int)]
    )
    func whatIsWrongIsSaidInOllamasShape(method: String, path: String, body: String?, status: Int) async throws {
        try await Harness.run(serving: FakeService()) { harness async throws in
            let answer = try await harness.send(method, path, body.map { Array($0.utf8) })
            #expect(answer.status == status)
            #expect(answer.json["error"]?.string?.isEmpty == false, "\(answer.text)")
        }
    }

    /// Every member that a recorded load has, in its order.
    @Test(arguments: [("generate", false), ("chat", true)])
    func aLoadsAnswerHasTheRecordedShape(route: String, isChat: Bool) {
        let answer = OllamaRequest.loaded("m", isChat: isChat, at: "2026-11-21T02:16:45.806331Z")
        let recorded =
            isChat
            ? #"{"model":"m","created_at":"2026-11-21T02:16:45.806331Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"load"}"#
            : #"{"model":"m","created_at":"2026-11-21T02:16:45.806331Z","response":"","done":true,"done_reason":"load"}"#
        #expect(answer.description == recorded)
    }
}
