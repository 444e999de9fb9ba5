import JSON
import Jobs
import Testing

@testable import Engines

/// Ollama's calls in llama-server's language, and its answers in Ollama's.
@Suite struct TranslationTests {
    private static let model = LoadedModel(name: "m")

    private func translated(
        _ route: EngineCall.Route,
        _ body: JSON.Object,
        _ dialect: OpenAITranslation.Dialect = .standard,
        model: LoadedModel = model
    ) throws -> EngineRequest {
        try OpenAITranslation(dialect: dialect, model: model).request(for: EngineCall(route: route, body: body))
    }

    @Test func `a prompt goes through the model's template as a chat`() throws {
        let request = try translated(.generate, ["model": "m", "prompt": "Hi", "system": "Be brief."])
        #expect(request.path == "/v1/chat/completions")
        #expect(
            request.body?["messages"] == [
                ["role": "system", "content": "Be brief."], ["role": "user", "content": "Hi"],
            ]
        )
        #expect(request.decoding == .chat(NativeStream(shape: .generate, model: "m")))
    }

    /// What `PARAMETER`, `SYSTEM` and `MESSAGE` of a Modelfile leave in the manifest's layers.
    private static let dressed = LoadedModel(
        name: "m",
        defaults: ModelDefaults(
            options: ["stop": ["<end>"], "temperature": 0.1, "num_ctx": 4096],
            system: "Be kind.",
            messages: [["role": "user", "content": "Ping"], ["role": "assistant", "content": "Pong"]]
        )
    )

    @Test func `a manifest's parameters hold where the job says nothing`() throws {
        let body: JSON.Object = ["prompt": "Hi", "raw": true, "options": ["temperature": 0.9]]
        let request = try translated(.generate, body, .llamaServer, model: Self.dressed)
        #expect(request.body?["stop"] == ["<end>"])
        #expect(request.body?["temperature"] == 0.9)
        #expect(request.body?["prompt"] == "Hi", "a raw prompt is sent as it is")
    }

    @Test func `a manifest's system prompt and messages stand before the job's`() throws {
        let hi: JSON = ["role": "user", "content": "Hi"]
        let before: [JSON] = [["role": "user", "content": "Ping"], ["role": "assistant", "content": "Pong"]]
        let kind: JSON = ["role": "system", "content": "Be kind."]
        let brief: JSON = ["role": "system", "content": "Be brief."]
        let plain = try translated(.chat, ["messages": [hi]], .llamaServer, model: Self.dressed)
        #expect(plain.body?["messages"] == .array([kind] + before + [hi]))
        let own = try translated(.chat, ["messages": [brief, hi]], .llamaServer, model: Self.dressed)
        #expect(own.body?["messages"] == .array(before + [brief, hi]))
        let prompt = try translated(.generate, ["prompt": "Hi"], .llamaServer, model: Self.dressed)
        #expect(prompt.body?["messages"] == .array([kind] + before + [hi]))
        let relayed = try translated(
            .openAI("/v1/chat/completions"),
            ["messages": [hi], "temperature": 1],
            .llamaServer,
            model: Self.dressed
        )
        #expect(relayed.body?["messages"] == .array([kind] + before + [hi]))
        #expect(relayed.body?["temperature"] == 1)
        #expect(relayed.body?["stop"] == ["<end>"])
        #expect(relayed.body?["top_p"] == nil, "what nobody said is the server's own matter")
    }

    private static let plain: [(JSON.Object, LoadedModel)] = [
        (["prompt": "Hi", "raw": true], LoadedModel(name: "m")),
        (["prompt": "Hi"], LoadedModel(name: "m", hasChatTemplate: false)),
    ]

    @Test(arguments: plain)
    func `a raw prompt and a model without a template are completed as they are`(
        body: JSON.Object,
        model: LoadedModel
    ) throws {
        let request = try translated(.generate, body, .llamaServer, model: model)
        #expect(request.path == "/completion")
        #expect(request.body?["prompt"] == "Hi")
        #expect(try translated(.generate, body, .standard, model: model).path == "/v1/completions")
    }

    @Test func `options go by the server's names, with Ollama's defaults, and unknown ones are left out`() throws {
        let options: JSON = [
            "temperature": 0.5, "top_k": 7, "repeat_penalty": 1.1, "num_predict": 9, "stop": ["x"], "num_ctx": 1,
            "nonsense": true,
        ]
        let body: JSON.Object = ["messages": [], "options": options]
        let own = try #require(try translated(.chat, body, .llamaServer).body)
        #expect(own["max_tokens"] == 9)
        #expect(own["repeat_penalty"] == 1.1)
        #expect(own["top_p"] == 0.9)
        #expect(own["return_progress"] == true)
        #expect(own["num_ctx"] == nil)
        #expect(own["nonsense"] == nil)
        let standard = try #require(try translated(.chat, body, .standard).body)
        #expect(standard["repetition_penalty"] == 1.1)
        #expect(standard["temperature"] == 0.5)
        #expect(standard["stop"] == ["x"])
        #expect(standard["top_p"] == nil)
        #expect(standard["return_progress"] == nil)
        let raw = try translated(.generate, ["prompt": "a", "raw": true, "options": options], .llamaServer).body
        #expect(raw?["n_predict"] == 9)
    }

    @Test func `formats become response formats, and a schema keeps its order`() throws {
        let schema: JSON = ["type": "object", "properties": ["z": ["type": "integer"], "a": ["type": "string"]]]
        let chat = try translated(.chat, ["messages": [], "format": schema]).body
        #expect(chat?["response_format"]?["json_schema"]?["schema"]?.description == schema.description)
        #expect(
            try translated(.chat, ["messages": [], "format": "json"]).body?["response_format"]?["type"] == "json_object"
        )
        #expect(try translated(.chat, ["messages": [], "format": ""]).body?["response_format"] == nil)
        let raw = try translated(.generate, ["prompt": "a", "raw": true, "format": schema], .llamaServer).body
        #expect(raw?["json_schema"] == schema)
    }

    @Test func `thinking is switched in the template`() throws {
        let off = try translated(.chat, ["messages": [], "think": false]).body
        #expect(off?["chat_template_kwargs"] == ["enable_thinking": false])
        let high = try translated(.chat, ["messages": [], "think": "high"]).body
        #expect(high?["reasoning_effort"] == "high")
    }

    @Test func `pictures become parts of the message`() throws {
        let body: JSON.Object = ["messages": [["role": "user", "content": "What?", "images": ["/9j/abc"]]]]
        #expect(
            try translated(.chat, body).body?["messages"]?[0] == [
                "role": "user",
                "content": [
                    ["type": "text", "text": "What?"],
                    ["type": "image_url", "image_url": ["url": "data:image/jpeg;base64,/9j/abc"]],
                ],
            ]
        )
    }

    @Test func `tool calls get ids, and each answer finds its call`() throws {
        let messages: JSON = [
            [
                "role": "assistant", "content": "",
                "tool_calls": [
                    ["function": ["name": "weather", "arguments": ["city": "Paris"]]],
                    ["function": ["name": "time", "arguments": [:]]],
                ],
            ],
            ["role": "tool", "content": "noon", "tool_name": "time"],
            ["role": "tool", "content": "sunny", "tool_name": "weather"],
        ]
        let out = try #require(try translated(.chat, ["messages": messages]).body?["messages"])
        #expect(out[0]?["tool_calls"]?[0]?["function"]?["arguments"] == #"{"city":"Paris"}"#)
        #expect(out[0]?["tool_calls"]?[0]?["id"] == "call_1")
        #expect(out[1] == ["role": "tool", "content": "noon", "tool_call_id": "call_2"])
        #expect(out[2] == ["role": "tool", "content": "sunny", "tool_call_id": "call_1"])
    }

    @Test(arguments: ["suffix", "template", "context"])
    func `what only Ollama can do is refused by name`(field: String) throws {
        let failure = try #require(throws: EngineFailure.self) {
            try translated(.generate, ["prompt": "a", field: "x"])
        }
        #expect(failure.kind == .refused(status: 400))
        #expect(failure.description.contains(field))
    }

    @Test func `a system text stands before the prompt of a model without a template`() throws {
        let bare = LoadedModel(name: "m", hasChatTemplate: false)
        for dialect in [OpenAITranslation.Dialect.llamaServer, .standard] {
            let body = try translated(.generate, ["prompt": "Hi", "system": "Be brief."], dialect, model: bare).body
            #expect(body?["prompt"] == "Be brief.\n\nHi")
        }
    }

    private static let homeless: [(field: String, value: JSON, raw: Bool)] = [
        ("images", ["/9j/abc"], true), ("images", ["/9j/abc"], false), ("think", true, true), ("think", "high", false),
        ("system", "Be brief.", true),
    ]

    @Test(arguments: homeless)
    func `what has no place in a plain prompt is refused by name`(field: String, value: JSON, raw: Bool) throws {
        let failure = try #require(throws: EngineFailure.self) {
            let body: JSON.Object = ["prompt": "a", "raw": .bool(raw), field: value]
            _ = try translated(.generate, body, .llamaServer, model: LoadedModel(name: "m", hasChatTemplate: raw))
        }
        #expect(failure.kind == .refused(status: 400))
        #expect(failure.description.contains("`\(field)`"))
    }

    @Test func `not to think is granted, and nothing given is nothing refused`() throws {
        let body: JSON.Object = ["prompt": "a", "raw": true, "think": false, "images": [], "system": ""]
        #expect(try translated(.generate, body, .llamaServer).body?["prompt"] == "a")
    }

    @Test func `llama-server's list of models keeps OpenAI's members only`() throws {
        let call = EngineCall(route: .openAI("/v1/models"), body: nil)
        let request = try OpenAITranslation(dialect: .llamaServer, model: Self.model).request(for: call)
        let body = #"{"models":[{"name":"m"}],"object":"list","data":[{"id":"m","meta":{}}]}"#
        let events = try Reading(request.decoding, contentType: "application/json", [Array(body.utf8)]).get()
        #expect(events.map { $0.object?.description } == [#"{"object":"list","data":[{"id":"m","meta":{}}]}"#])
    }

    @Test func `progress is asked for in a relayed stream only if the client would not see it`() throws {
        let own = try translated(.openAI("/v1/chat/completions"), ["stream": true], .llamaServer)
        #expect(own.body?["return_progress"] == true)
        #expect(own.decoding == .relay(ending: .doneMarker, hidesProgress: true))
        let asked = try translated(
            .openAI("/v1/chat/completions"),
            ["stream": true, "return_progress": true],
            .llamaServer
        )
        #expect(asked.decoding == .relay(ending: .doneMarker, hidesProgress: false))
        let whole = try translated(.openAI("/v1/chat/completions"), ["messages": []], .llamaServer)
        #expect(whole.body?["return_progress"] == nil)
    }

    @Test func `a chat stream becomes Ollama's objects`() throws {
        let chunks = [
            #"{"choices":[{"index":0,"delta":{"role":"assistant","content":null}}],"prompt_progress":{"total":4}}"#,
            #"{"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{\"a\""}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}"#,
            #"{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#,
            #"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3},"timings":{"prompt_ms":2.5,"predicted_ms":10.25}}"#,
            "[DONE]",
        ]
        let stream = Array(chunks.map { "data: \($0)\n\n" }.joined().utf8)
        let head = #""model":"m","created_at":"2026-01-02T03:04:05.000000006Z""#
        let events = try Reading(.chat(NativeStream(shape: .chat, model: "m")), contentType: nil, [stream]).get()
        #expect(
            events.compactMap(\.object).map(\.description) == [
                #"{\#(head),"message":{"role":"assistant","content":"","thinking":"Hm"},"done":false}"#,
                #"{\#(head),"message":{"role":"assistant","content":"Hi"},"done":false}"#,
                #"{\#(head),"message":{"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"a":1}}}]},"done":false}"#,
                #"{\#(head),"message":{"role":"assistant","content":""},"done":true,"done_reason":"length","total_duration":1000000000,"load_duration":0,"prompt_eval_count":7,"prompt_eval_duration":2500000,"eval_count":3,"eval_duration":10250000}"#,
            ]
        )
        let joined = NativeStream(shape: .generate, model: "m", isJoined: true)
        let whole = try Reading(.chat(joined), contentType: nil, [stream]).get().compactMap(\.object)
        #expect(whole.count == 1)
        #expect(whole.first?["response"] == "Hi")
        #expect(whole.first?["thinking"] == "Hm")
    }

    @Test func `a completion stream becomes Ollama's objects`() throws {
        let chunks = [
            #"{"content":"","stop":false,"prompt_progress":{"processed":1}}"#,
            #"{"content":" blue","stop":false}"#,
            #"{"content":"","stop":true,"stop_type":"eos","tokens_evaluated":4,"tokens_predicted":1,"timings":{"prompt_ms":1,"predicted_ms":2}}"#,
        ]
        let stream = Array(chunks.map { "data: \($0)\n\n" }.joined().utf8)
        let decoding = Decoding.completion(NativeStream(shape: .generate, model: "m"))
        let events = try Reading(decoding, contentType: nil, [stream]).get()
        #expect(events.first == .alive)
        let objects = events.compactMap(\.object)
        #expect(objects.map { $0["response"] } == [" blue", ""])
        #expect(objects.last?["done_reason"] == "stop")
        #expect(objects.last?["prompt_eval_count"] == 4)
        let cut = Array(stream.prefix(120))
        #expect(Reading(decoding, contentType: nil, [cut]).failure?.kind == .died)
    }

    @Test func `embeddings come in both of Ollama's shapes`() throws {
        let body = Array(#"{"data":[{"embedding":[1,2.50]},{"embedding":[3]}],"usage":{"prompt_tokens":5}}"#.utf8)
        let many = try Reading(.embeddings(.many, model: "m"), contentType: nil, [body]).get()
        #expect(many.first?.object?["embeddings"]?.description == "[[1,2.50],[3]]")
        #expect(many.first?.object?["prompt_eval_count"] == 5)
        let one = try Reading(.embeddings(.one, model: "m"), contentType: nil, [body]).get()
        #expect(one.first?.object?.description == #"{"embedding":[1,2.50]}"#)
    }
}
