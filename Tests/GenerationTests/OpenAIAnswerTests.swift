import Generation
import JSON
import Jobs
import Testing

@Suite("OpenAI streams are relayed as they are and merged to one answer")
struct OpenAIAnswerTests {
    @Test(
        "the merged answer is the one that Ollama gives without stream",
        arguments: [
            ("v1-chat-stream-include-usage", "v1-chat-nonstream"),
            ("v1-chat-tools-stream", "v1-chat-tools-nonstream"),
            ("v1-completions-stream", "v1-completions-nonstream"),
        ]
    )
    func likeNonStream(stream: String, nonStream: String) throws {
        var builder = AnswerBuilder(shape: .completion, streams: false)
        let merged = try builder.answer(to: Exchange(stream).serverSent)
        let own = try Exchange(nonStream).body
        // The recorded tools stream did not ask for usage, and the recorded completion has six tokens, not eight.
        var expected = own
        if stream == "v1-chat-tools-stream" { expected = without("usage", own) }
        #expect(keys(merged) == keys(expected))
        #expect(keys(merged["choices"]?[0]) == keys(own["choices"]?[0]))
        #expect(keys(merged["choices"]?[0]?["message"]) == keys(own["choices"]?[0]?["message"]))
        #expect(merged["object"] == own["object"])
        #expect(merged["choices"]?[0]?["finish_reason"] == own["choices"]?[0]?["finish_reason"])
        #expect(merged["choices"]?[0]?["message"]?["content"] == own["choices"]?[0]?["message"]?["content"])
        let call = merged["choices"]?[0]?["message"]?["tool_calls"]?[0]
        let ownCall = own["choices"]?[0]?["message"]?["tool_calls"]?[0]
        #expect(call?["function"] == ownCall?["function"])
        #expect(keys(call) == keys(ownCall))
    }

    @Test func usageIsTheLastNotTheFirst() throws {
        var builder = AnswerBuilder(shape: .completion, streams: false)
        let answer = try builder.answer(to: Exchange("v1-completions-stream").serverSent)
        #expect(answer["usage"] == ["prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10])
        #expect(answer["choices"]?[0]?["text"] == " the limit for the 2")
    }

    @Test(
        "the chunks are the stream's own text, byte for byte, the first event alone",
        arguments: [
            "v1-chat-stream-include-usage", "v1-chat-stream-no-usage", "v1-chat-tools-stream", "v1-completions-stream",
        ]
    )
    func relay(name: String) throws {
        let exchange = try Exchange(name)
        var builder = AnswerBuilder(shape: .completion, streams: true)
        for event in try exchange.serverSent { try builder.append(event) }
        let chunks = builder.takeAll().compactMap(\.string)
        #expect(chunks.count == 2)
        #expect(chunks.first?.ranges(of: "data: ").count == 1)
        #expect(chunks.joined() == exchange.text)
        #expect(throws: Never.self) { try builder.finish() }
    }

    @Test func aStreamWithoutDoneIsCutHoweverRegularlyItEnds() throws {
        var builder = AnswerBuilder(shape: .completion, streams: true)
        let events = try Exchange("runner-killed-v1-chat-stream").serverSent
        let error = #expect(throws: AnswerError.self) { try builder.answer(to: events) }
        #expect(error?.kind == .cut)
        #expect(error?.description == #"the engine's answer was cut off: it ended without "data: [DONE]""#)
    }

    @Test func doneAloneIsNoAnswer() {
        var builder = AnswerBuilder(shape: .completion, streams: false)
        #expect(throws: AnswerError.self) { try builder.answer(to: sse("[DONE]")) }
    }

    @Test func anErrorInTheStreamEndsTheAnswer() {
        var builder = AnswerBuilder(shape: .completion, streams: true)
        let events = sse(#"{"choices":[]}"#, #"{"error":{"message":"out of memory","code":500}}"#, "[DONE]")
        let error = #expect(throws: AnswerError.self) { try builder.answer(to: events) }
        #expect(error?.kind == .reported)
        #expect(error?.description == "the engine ended the answer with an error: out of memory")
        #expect(builder.takeAll() == ["data: {\"choices\":[]}\n\n"])
    }

    @Test func choicesAndToolCallsGrowSideBySide() throws {
        let events = sse(
            #"{"id":"c","object":"chat.completion.chunk","choices":[{"index":1,"delta":{"role":"assistant","content":"B"}}]}"#,
            #"{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"reasoning_content":"h"},"finish_reason":null}]}"#,
            #"{"choices":[{"index":0,"delta":{"reasoning_content":"m"}},{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"id":"t1","type":"function","function":{"name":"g","arguments":""}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"t0","type":"function","function":{"name":"f","arguments":"{\"a\""}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"","function":{"name":"","arguments":":1}"}},{"index":1,"function":{"arguments":"{}"}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#,
            #"{"choices":[],"usage":{"total_tokens":9}}"#,
            "[DONE]"
        )
        var builder = AnswerBuilder(shape: .completion, streams: false)
        let expected =
            #"{"id":"c","object":"chat.completion","choices":["#
            + #"{"index":0,"message":{"role":"assistant","content":null,"reasoning_content":"hm","tool_calls":["#
            + #"{"index":0,"id":"t0","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}},"#
            + #"{"index":1,"id":"t1","type":"function","function":{"name":"g","arguments":"{}"}}]},"finish_reason":"tool_calls"},"#
            + #"{"index":1,"message":{"role":"assistant","content":"Bb"},"finish_reason":"stop"}],"usage":{"total_tokens":9}}"#
        #expect(try builder.answer(to: events).description == expected)
    }

    @Test func toolCallsThatAllClaimTheSameIndexStayApart() throws {
        let events = sse(
            #"{"choices":[{"delta":{"tool_calls":[{"id":"a","index":0,"function":{"name":"f","arguments":"{}"}}]}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"id":"b","index":0,"function":{"name":"g","arguments":"[]"}}]}}]}"#,
            "[DONE]"
        )
        var builder = AnswerBuilder(shape: .completion, streams: false)
        let calls = try builder.answer(to: events)["choices"]?[0]?["message"]?["tool_calls"]?.array
        #expect(calls?.compactMap { $0["function"]?["name"]?.string } == ["f", "g"])
    }

    @Test func logprobsAppendInBothShapes() throws {
        let chat = sse(
            #"{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"content":[1],"refusal":null}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"b"},"logprobs":{"content":[2]}}]}"#,
            "[DONE]"
        )
        var builder = AnswerBuilder(shape: .completion, streams: false)
        let merged = try builder.answer(to: chat)["choices"]?[0]?["logprobs"]
        #expect(merged?["content"] == [1, 2])
        #expect(merged?["refusal"] == .null)
        let text = sse(
            #"{"choices":[{"index":0,"text":"a","logprobs":{"tokens":["a"],"token_logprobs":[-1]}}]}"#,
            #"{"choices":[{"index":0,"text":"b","logprobs":{"tokens":["b"],"token_logprobs":[-2]}}]}"#,
            "[DONE]"
        )
        builder = AnswerBuilder(shape: .completion, streams: false)
        let tokens = try builder.answer(to: text)["choices"]?[0]?["logprobs"]
        #expect(tokens == ["tokens": ["a", "b"], "token_logprobs": [-1, -2]])
    }

    @Test func aServerThatDoesNotStreamIsTakenAtItsWord() throws {
        let body = try Exchange("v1-chat-nonstream").body
        var builder = AnswerBuilder(shape: .completion, streams: true)
        #expect(try builder.answer(to: [.object(body)]) == body)
    }

    @Test("responses end with their own last event", arguments: ["response.completed", "response.incomplete"])
    func responses(type: String) throws {
        let response = try Exchange("v1-responses-nonstream").body
        let last: JSON = ["type": .string(type), "response": response]
        let events = sse(
            #"{"type":"response.created"}"#,
            #"{"type":"response.output_text.delta","delta":"Say"}"#,
            last.description
        )
        var builder = AnswerBuilder(shape: .response, streams: true)
        #expect(try builder.answer(to: events) == response)
        #expect(builder.takeAll().compactMap(\.string).joined() == events.map(text).joined())
    }

    @Test func aCutResponseIsNoAnswer() {
        var builder = AnswerBuilder(shape: .response, streams: false)
        let error = #expect(throws: AnswerError.self) {
            try builder.answer(to: sse(#"{"type":"response.created","response":{"status":"in_progress"}}"#, "[DONE]"))
        }
        #expect(error?.kind == .cut)
    }

    @Test(
        "a failed response is an error",
        arguments: [
            #"{"type":"response.failed","response":{"status":"failed","error":{"code":"x","message":"no memory"}}}"#,
            #"{"type":"error","code":"x","message":"no memory"}"#,
        ]
    )
    func failedResponse(event: String) {
        var builder = AnswerBuilder(shape: .response, streams: false)
        let error = #expect(throws: AnswerError.self) { try builder.answer(to: sse(event)) }
        #expect(error?.kind == .reported)
        #expect(error?.description == "the engine ended the answer with an error: no memory")
    }

    private func sse(_ payloads: String...) -> [EngineEvent] {
        payloads.map { .serverSent(text: "data: \($0)\n\n", data: try? JSON(parsing: $0)) }
    }

    private func text(_ event: EngineEvent) -> String {
        if case .serverSent(let text, _) = event { text } else { "" }
    }

    private func keys(_ value: JSON?) -> [String]? {
        value?.object?.map(\.key)
    }

    private func without(_ key: String, _ value: JSON) -> JSON {
        var members = value.object
        members?[key] = nil
        return members.map(JSON.object) ?? value
    }
}
