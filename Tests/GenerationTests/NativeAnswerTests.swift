import Generation
import JSON
import Jobs
import Testing

@Suite("Ollama's stream becomes chunks and one whole answer")
struct NativeAnswerTests {
    @Test(
        "the whole answer has the members of Ollama's own, in its order",
        arguments: [
            ("generate-stream", "generate-nonstream"),
            ("chat-stream", "chat-nonstream"),
            ("chat-tools-stream", "chat-tools-nonstream"),
        ]
    )
    func likeNonStream(stream: String, nonStream: String) throws {
        var builder = AnswerBuilder(shape: .native, streams: false)
        let answer = try builder.answer(to: Exchange(stream).native)
        let own = try Exchange(nonStream).body
        #expect(keys(answer) == keys(own))
        #expect(keys(answer["message"]) == keys(own["message"]))
        #expect(answer["response"] == own["response"])
        #expect(answer["message"]?["content"] == own["message"]?["content"])
        #expect(answer["done_reason"] == own["done_reason"])
        #expect(answer["context"] == own["context"])
        let call = answer["message"]?["tool_calls"]?[0]?["function"]
        #expect(call == own["message"]?["tool_calls"]?[0]?["function"])
        #expect(builder.takeChunk() == nil)
    }

    @Test(
        "an answer in one object is the answer",
        arguments: [
            "generate-nonstream", "chat-nonstream", "generate-logprobs", "generate-empty-prompt-load-cold",
            "chat-empty-messages-load",
        ]
    )
    func singleObject(name: String) throws {
        let exchange = try Exchange(name)
        var builder = AnswerBuilder(shape: .native, streams: true)
        #expect(try builder.answer(to: exchange.native) == exchange.body)
        #expect(builder.takeAll() == [try exchange.body])
    }

    @Test func theFirstObjectGoesAloneTheRestTogetherTheLastByItself() throws {
        let events = try Exchange("generate-stream").native
        var builder = AnswerBuilder(shape: .native, streams: true)
        for event in events { try builder.append(event) }
        let chunks = builder.takeAll()
        #expect(
            chunks.map(\.description).prefix(2) == [
                #"{"model":"gemma:270m","created_at":"2026-11-21T02:16:45.828109417Z","response":" the","done":false}"#,
                #"{"model":"gemma:270m","created_at":"2026-11-21T02:16:45.90235737Z","response":" limit for the 201","done":false}"#,
            ]
        )
        #expect(chunks.count == 3)
        #expect(EngineEvent.object(chunks[2]) == events.last)
    }

    @Test("chunks say the same however they are taken", arguments: [1, 2, 3, 5, 100])
    func chunksAddUp(every: Int) throws {
        for name in ["generate-stream", "chat-stream", "chat-tools-stream", "generate-format-schema-stream"] {
            let events = try Exchange(name).native
            var builder = AnswerBuilder(shape: .native, streams: true)
            var again = AnswerBuilder(shape: .native, streams: false)
            for (index, event) in events.enumerated() {
                try builder.append(event)
                guard index % every == 0, let chunk = builder.takeChunk() else { continue }
                try again.append(.object(chunk))
            }
            for chunk in builder.takeAll() { try again.append(.object(chunk)) }
            #expect(!builder.hasChunk)
            #expect(try again.finish() == builder.finish())
        }
    }

    @Test func everyKindOfMemberJoinsByItsRule() throws {
        let lines = [
            #"{"model":"m","created_at":"1","response":"","thinking":"hm","done":false,"logprobs":[{"token":"a"}]}"#,
            #"{"model":"m","created_at":"2","response":"","thinking":"m","done":false}"#,
            #"{"model":"m","created_at":"3","response":"yes","done":false,"logprobs":[{"token":"b"}],"x":1}"#,
            #"{"model":"m","created_at":"4","response":"!","done":true,"done_reason":"stop","context":[1],"eval_count":3}"#,
        ]
        var builder = AnswerBuilder(shape: .native, streams: true)
        let answer = try builder.answer(to: lines.map { .object(try JSON(parsing: $0)) })
        #expect(
            answer.description
                == #"{"model":"m","created_at":"4","response":"yes!","thinking":"hmm","done":true,"x":1,"done_reason":"stop","#
                + #""context":[1],"eval_count":3,"logprobs":[{"token":"a"},{"token":"b"}]}"#
        )
        let joined =
            #"{"model":"m","created_at":"3","response":"yes","thinking":"m","done":false,"x":1,"logprobs":[{"token":"b"}]}"#
        #expect(builder.takeAll().map(\.description) == [lines[0], joined, lines[3]])
    }

    @Test func chatTextsToolCallsAndThinkingJoinWithinTheMessage() throws {
        let lines = [
            #"{"message":{"role":"assistant","content":"","thinking":"a"},"done":false}"#,
            #"{"message":{"role":"assistant","content":"","thinking":"b"},"done":false}"#,
            #"{"message":{"role":"assistant","content":"x","tool_calls":[{"id":"1"}]},"done":false}"#,
            #"{"message":{"role":"assistant","content":"y","tool_calls":[{"id":"2"}]},"done":false}"#,
            #"{"message":{"role":"assistant","content":""},"done":true}"#,
        ]
        var builder = AnswerBuilder(shape: .native, streams: false)
        let answer = try builder.answer(to: lines.map { .object(try JSON(parsing: $0)) })
        #expect(
            answer.description
                == #"{"message":{"role":"assistant","content":"xy","thinking":"ab","tool_calls":[{"id":"1"},{"id":"2"}]},"done":true}"#
        )
    }

    @Test(
        "an error inside a 200 ends the answer, and what came before it can be taken",
        arguments: ["runner-killed-generate-stream", "runner-killed-chat-stream"]
    )
    func errorInside(name: String) throws {
        let events = try Exchange(name).native
        var builder = AnswerBuilder(shape: .native, streams: true)
        for event in events.dropLast() { try builder.append(event) }
        let last = try #require(events.last)
        let error = #expect(throws: AnswerError.self) { try builder.append(last) }
        #expect(error?.kind == .reported)
        #expect(
            error?.description.hasSuffix("an error was encountered while running the model: unexpected EOF") == true
        )
        #expect(builder.takeAll().count == 2)
        #expect(throws: AnswerError.self) { try builder.finish() }
    }

    @Test(
        "a stream without its last object never looks whole",
        arguments: ["server-killed-generate-stream", "shutdown-sigterm-inflight-stream"]
    )
    func cut(name: String) throws {
        var builder = AnswerBuilder(shape: .native, streams: false)
        let error = #expect(throws: AnswerError.self) { try builder.answer(to: Exchange(name).native) }
        #expect(error?.kind == .cut)
        #expect(
            error?.description == #"the engine's answer was cut off: it ended without its last object ("done": true)"#
        )
    }

    @Test func signsOfLifeAreNotPartOfTheAnswer() throws {
        var builder = AnswerBuilder(shape: .native, streams: true)
        try builder.append(.alive)
        #expect(!builder.hasChunk)
        #expect(throws: AnswerError.self) { try builder.finish() }
    }

    @Test(
        "what the shape does not have is refused",
        arguments: [EngineEvent.object("text"), .object([1]), .serverSent(text: "data: 1\n\n", data: 1)]
    )
    func malformed(event: EngineEvent) {
        var builder = AnswerBuilder(shape: .native, streams: true)
        let error = #expect(throws: AnswerError.self) { try builder.append(event) }
        #expect(error?.kind == .malformed)
    }

    @Test(
        "the engine's words are found wherever it puts them",
        arguments: [
            (#"{"error":"plain"}"#, "plain"),
            (#"{"error":{"message":"on v1","type":"x"}}"#, "on v1"),
            (#"{"error":"{\"error\":{\"code\":400,\"message\":\"too long\"}}"}"#, "too long"),
            (#"{"error":"{not json"}"#, "{not json"),
            (#"{"error":{"code":5}}"#, #"{"code":5}"#),
            (#"{"error":null}"#, nil),
            (#"{"response":"error"}"#, nil),
        ]
    )
    func errorMessages(answer: String, message: String?) throws {
        #expect(AnswerError.message(in: try JSON(parsing: answer)) == message)
    }

    @Test func recordedErrorsOfTheRunnerAreUnwrapped() throws {
        let body = try Exchange("error-generate-prompt-longer-than-context-truncate-false").body
        let message = try #require(AnswerError.message(in: body))
        #expect(message.hasPrefix("request (") && message.contains("exceeds the available context size"))
    }

    private func keys(_ value: JSON?) -> [String]? {
        value?.object?.map(\.key)
    }
}

@Suite("Whole answers that never stream")
struct WholeAnswerTests {
    @Test("they pass through untouched", arguments: ["embed-array", "embeddings-legacy", "v1-embeddings", "v1-models"])
    func whole(name: String) throws {
        let body = try Exchange(name).body
        var builder = AnswerBuilder(shape: .whole, streams: false)
        #expect(try builder.answer(to: [.object(body)]).bytes == body.bytes)
    }

    @Test func nothingIsNoAnswer() {
        let builder = AnswerBuilder(shape: .whole, streams: false)
        #expect(throws: AnswerError.self) { try builder.finish() }
    }
}
