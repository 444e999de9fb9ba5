import HTTPTransport
import JSON
import Testing

@Suite(.timeLimit(.minutes(2)))
struct OpenAITests {
    private static let chat: JSON = ["model": "m", "messages": [["role": "user", "content": "Hi"]], "stream": true]

    /// Reads a body to its end.
    private func text(of response: HTTPResponse) async throws -> String {
        String(decoding: try await response.collect(upTo: 64 << 20), as: UTF8.self)
    }

    @Test func theJobHoldsTheRouteAndTheBody() async throws {
        try await Harness.run { harness in
            async let answer = harness.post("/openai/v1/embeddings", ["input": "x", "dimensions": 1.50])
            let job = try await harness.take().json
            #expect(
                job["input"] == ["openai_route": "/v1/embeddings", "openai_input": ["input": "x", "dimensions": 1.50]]
            )
            try await harness.done(try #require(job["id"]?.string), ["output": ["data": []]])
            #expect(try await answer.json == ["data": []])
        }
    }

    @Test func modelsIsAJobWithoutBody() async throws {
        try await Harness.run { harness in
            async let answer = harness.get("/v2/local/openai/v1/models")
            let job = try await harness.take().json
            #expect(job["input"] == ["openai_route": "/v1/models"])
            // A handler that yields once, as RunPod's own worker does.
            try await harness.done(try #require(job["id"]?.string), ["output": [["object": "list"]]])
            #expect(try await answer.json == ["object": "list"])
        }
    }

    @Test func chunksArePassedOnAsTheyCome() async throws {
        try await Harness.run { harness in
            async let opened = harness.open("POST", "/openai/v1/chat/completions", Self.chat)
            let id = try await harness.takeID()
            try await harness.chunk(id, "data: {\"n\":1}\n\n")
            let response = try await opened
            #expect(response.status == 200)
            #expect(response.headers["Content-Type"] == "text/event-stream")
            var body = response.body.makeAsyncIterator()
            // The second chunk is sent only after the first one has arrived.
            #expect(try await body.next() == Array("data: {\"n\":1}\n\n".utf8))
            try await harness.chunk(id, "data: {\"n\":2}\n\n")
            #expect(try await body.next() == Array("data: {\"n\":2}\n\n".utf8))
            try await harness.chunk(id, "data: [DONE]\n\n")
            #expect(try await body.next() == Array("data: [DONE]\n\n".utf8))
            #expect(try await body.next() == nil)
            // Who has read [DONE] and leaves has got what he wanted: the job is not cancelled.
            try await harness.done(id, ["output": "whole"])
            #expect(try await harness.state(id) == "COMPLETED")
        }
    }

    @Test(
        arguments: [
            // Chunks, then job-done, and what the client reads.
            (["data: {}\n\n"], ["output": []], "data: {}\n\ndata: [DONE]\n\n"),
            (["data: {}"], [:], "data: {}\n\ndata: [DONE]\n\n"),
            ([["a": 1]], [:], "data: {\"a\":1}\n\ndata: [DONE]\n\n"),
            ([], ["output": ["a": 1]], "data: {\"a\":1}\n\ndata: [DONE]\n\n"),
            ([], ["output": ["data: {}\n\n", "data: [DONE]\n\n"]], "data: {}\n\ndata: [DONE]\n\n"),
            ([], [:], "data: [DONE]\n\n"),
            (
                ["data: {}\n\n"], ["error": "engine died"],
                "data: {}\n\ndata: {\"error\":{\"message\":\"engine died\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n"
            ),
        ] as [([JSON], JSON, String)]
    )
    func aStreamAlwaysEndsWithDoneOrAnError(chunks: [JSON], result: JSON, expected: String) async throws {
        try await Harness.run { harness in
            async let opened = harness.open("POST", "/openai/v1/chat/completions", Self.chat)
            let id = try await harness.takeID()
            for chunk in chunks { try await harness.chunk(id, chunk) }
            try await harness.done(id, result)
            #expect(try await text(of: opened) == expected)
        }
    }

    @Test(arguments: [true, false])
    func aJobThatFailsAtOnceIsAnsweredWithAStatus(streams: Bool) async throws {
        try await Harness.run { harness in
            async let answer = harness.post(
                "/openai/v1/chat/completions",
                ["messages": [], "stream": JSON.bool(streams)]
            )
            let id = try await harness.takeID()
            try await harness.done(id, ["error": "no such model"])
            #expect(try await answer.status == 500)
            #expect(try await answer.error == "no such model")
        }
    }

    @Test(
        arguments: [
            (["message": "\"messages\" is missing", "type": "invalid_request_error", "code": 400], 400),
            (["message": "The model m is not here.", "type": "invalid_request_error", "code": 404], 404),
            (["message": "wrong type", "code": 422], 422), (["message": "busy", "status": 429], 429),
            (["message": "died", "type": "server_error", "code": 500], 500),
            // Neither the client's key nor his request's address is what the engine complains about.
            (["message": "key", "code": 401], 500), (["message": "odd", "code": 200], 500),
            // As engines write it themselves.
            (["message": "no such model", "type": "not_found_error", "param": .null, "code": .null], 404),
            (["message": "no", "type": "invalid_request_error", "param": "model", "code": "model_not_found"], 404),
            (["message": "too long", "type": "invalid_request_error", "param": .null, "code": .null], 400),
            (["message": "too long", "type": "exceed_context_size_error", "code": 400], 400),
            (["message": "no idea"], 500),
        ] as [(JSON, Int)],
        [true, false]
    )
    func theWorkersErrorObjectDecidesTheStatus(failure: (error: JSON, status: Int), streams: Bool) async throws {
        try await Harness.run { harness in
            async let answer = harness.post("/openai/v1/completions", ["prompt": "x", "stream": JSON.bool(streams)])
            let id = try await harness.takeID()
            let object: JSON = ["error": failure.error]
            try await harness.done(id, ["error": .string(object.description)])
            #expect(try await answer.status == failure.status)
            #expect(try await answer.json == object)
        }
    }

    @Test func aColdStartIsCoveredByComments() async throws {
        try await Harness.run({ $0.streamComfort = .milliseconds(20) }) { harness in
            let response = try await harness.open("POST", "/openai/v1/chat/completions", Self.chat)
            var body = response.body.makeAsyncIterator()
            #expect(try await body.next()?.starts(with: ": waiting\n\n".utf8) == true)
            let id = try await harness.takeID()
            try await harness.done(id, ["output": ["a": 1]])
            var rest = ""
            while let bytes = try await body.next() { rest += String(decoding: bytes, as: UTF8.self) }
            #expect(rest.hasSuffix("data: {\"a\":1}\n\ndata: [DONE]\n\n"))
        }
    }

    @Test func aSlowReaderGetsEverythingInOrderAndHoldsNobodyUp() async throws {
        try await Harness.run { harness in
            async let opened = harness.open("POST", "/openai/v1/completions", Self.chat)
            let id = try await harness.takeID()
            let filler = String(repeating: "x", count: 50_000)
            // 20 MB go in while nobody reads: more than all the buffers in between hold.
            for number in 0..<400 { try await harness.chunk(id, .string("data: \(number) \(filler)\n\n")) }
            try await harness.done(id, [:])
            #expect(try await harness.state(id) == "COMPLETED")
            let text = try await text(of: opened)
            let numbers = text.split(separator: "\n\n").map { $0.split(separator: " ")[1] }
            #expect(numbers == (0..<400).map { "\($0)" } + ["[DONE]"])
        }
    }

    @Test(
        arguments: [
            ("POST", "/openai/v1/unknown", "{}", 404),
            ("GET", "/openai/v1/chat/completions", nil, 405),
            ("POST", "/openai/v1/models", "{}", 405),
            ("POST", "/openai/v1/chat/completions", "[]", 400),
            ("POST", "/openai/v1/chat/completions", "{", 400),
        ] as [(String, String, String?, Int)]
    )
    func badRequestsAreAnsweredInOpenAIsShapeOrOurs(method: String, path: String, body: String?, status: Int)
        async throws
    {
        try await Harness.run { harness in
            let answer = try await harness.send(method, path, body.map { Array($0.utf8) })
            #expect(answer.status == status)
            #expect(!answer.error.isEmpty)
        }
    }
}
