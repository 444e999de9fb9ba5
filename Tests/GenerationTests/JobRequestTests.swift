import Generation
import JSON
import Jobs
import Testing

@Suite("Inputs become requests to the engine")
struct JobRequestTests {
    @Test(
        "each kind of input finds its route",
        arguments: [
            (#"{"prompt":"hi"}"#, EngineCall.Route.generate),
            (#"{"messages":[{"role":"user","content":"hi"}]}"#, .chat),
            (#"{"prompt":null,"messages":[]}"#, .chat),
            (#"{"warmup":false,"prompt":"hi"}"#, .generate),
            (#"{"embed":"hi"}"#, .embed),
            (#"{"embed":["a","b"]}"#, .embed),
            (#"{"embed":{"input":"hi"}}"#, .embed),
            (#"{"method_name":"generate","input":{"prompt":"hi"}}"#, .generate),
            (#"{"method_name":"chat","input":{"messages":[]}}"#, .chat),
            (#"{"method_name":"embed","input":{"input":["a"]}}"#, .embed),
            (#"{"method_name":"embeddings","input":{"prompt":"a"}}"#, .embeddings),
            (
                #"{"openai_route":"/v1/chat/completions","openai_input":{"messages":[{"role":"user"}]}}"#,
                .openAI("/v1/chat/completions")
            ),
            (
                #"{"openai_route":"chat/completions","openai_input":{"messages":[{"role":"user"}]}}"#,
                .openAI("/v1/chat/completions")
            ),
            (#"{"openai_route":"/completions/","openai_input":{"prompt":"a"}}"#, .openAI("/v1/completions")),
            (#"{"openai_route":"v1/embeddings","openai_input":{"input":"a"}}"#, .openAI("/v1/embeddings")),
            (#"{"openai_route":"/v1/responses","openai_input":{"input":"a"}}"#, .openAI("/v1/responses")),
        ]
    )
    func routes(input: String, route: EngineCall.Route) throws {
        #expect(try generation(JSON(parsing: input)).call(model: "m").route == route)
    }

    @Test func theListOfModelsIsItsOwnKind() throws {
        #expect(try JobRequest(parsing: ["openai_route": "/v1/models"]) == .models)
        #expect(try JobRequest(parsing: ["openai_route": "models", "openai_input": .null]) == .models)
        #expect(EngineCall.models.body == nil)
    }

    @Test func warmupNamesAModelOrNone() throws {
        #expect(try JobRequest(parsing: ["warmup": true]) == .warmup(model: nil))
        #expect(try JobRequest(parsing: ["warmup": true, "model": "gemma"]) == .warmup(model: "gemma"))
    }

    @Test func fieldsKeepTheirOrderAndNumbersTheirText() throws {
        let input = try JSON(
            parsing: #"""
                {"z_new":{"b":1.0,"a":12345678901234567890},"prompt":"hi","think":"low","options":{"top_p":0.90,"seed":1e0,
                 "num_predict":7},"format":{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}}},
                 "system":"be brief","top_logprobs":2,"raw":true}
                """#
        )
        let expected =
            #"{"z_new":{"b":1.0,"a":12345678901234567890},"prompt":"hi","think":"low","#
            + #""options":{"top_p":0.90,"seed":1e0,"num_predict":7},"#
            + #""format":{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"}}},"#
            + #""system":"be brief","top_logprobs":2,"raw":true,"keep_alive":-1,"stream":true,"model":"m"}"#
        #expect(try body(input) == expected)
    }

    @Test func theWorkersOwnFieldsStayHere() throws {
        let input: JSON = ["prompt": "hi", "max_tokens": 5, "include": ["timings"], "warmup": false]
        #expect(try generation(input).includesTimings)
        #expect(
            try body(input) == #"{"prompt":"hi","keep_alive":-1,"options":{"num_predict":5},"stream":true,"model":"m"}"#
        )
    }

    @Test func theModelTravelsApartUntilItIsKnownWhichOneAnswers() throws {
        #expect(try generation(["prompt": "hi", "model": "gemma:270m"]).model == "gemma:270m")
        #expect(try generation(["prompt": "hi", "model": ""]).model == nil)
        #expect(try generation(["prompt": "hi", "model": .null]).model == nil)
        let call = try generation(["model": "gemma", "prompt": "hi"]).call(model: "gemma:latest")
        #expect(call.body?.first?.key == "model")
        #expect(call.body?["model"] == "gemma:latest")
    }

    @Test(
        "the engine always streams, the client only if it asks",
        arguments: [
            (#"{"prompt":"hi"}"#, false),
            (#"{"prompt":"hi","stream":false}"#, false),
            (#"{"prompt":"hi","stream":null}"#, false),
            (#"{"prompt":"hi","stream":true}"#, true),
            (#"{"messages":[],"stream":true}"#, true),
            (#"{"method_name":"chat","input":{"messages":[],"stream":true}}"#, true),
            (#"{"method_name":"chat","input":{"messages":[]},"stream":true}"#, true),
            (#"{"openai_route":"/v1/completions","openai_input":{"prompt":"a"}}"#, false),
            (
                #"{"openai_route":"/v1/chat/completions","openai_input":{"messages":[{"role":"user"}],"stream":true}}"#,
                true
            ),
            (#"{"openai_route":"/v1/responses","openai_input":{"input":"a","stream":true}}"#, true),
        ]
    )
    func streaming(input: String, streams: Bool) throws {
        let generation = try generation(JSON(parsing: input))
        #expect(generation.streams == streams)
        #expect(generation.call(model: "m").body?["stream"] == true)
    }

    @Test func embeddingsNeverStream() throws {
        let generation = try generation(["embed": "hi", "stream": true, "dimensions": 8])
        #expect(!generation.streams)
        #expect(generation.shape == .whole)
        let expected: JSON.Object = ["dimensions": 8, "input": "hi", "keep_alive": -1, "model": "m"]
        #expect(generation.call(model: "m").body == expected)
    }

    @Test func embedTakesFieldsBesideAndInside() throws {
        let input: JSON = ["embed": ["input": ["a", "b"], "truncate": false], "model": "e", "truncate": true]
        let generation = try generation(input)
        #expect(generation.model == "e")
        #expect(
            generation.call(model: "e").body == [
                "model": "e", "truncate": false, "input": ["a", "b"], "keep_alive": -1,
            ]
        )
    }

    @Test func manyMessagesAreReadInNoTime() throws {
        let messages = (0..<200).map { JSON.object(["role": "user", "content": .string("message \($0)")]) }
        let input: JSON = ["messages": .array(messages), "options": ["temperature": 0]]
        let times = try (0..<20).map { _ in try ContinuousClock().measure { _ = try generation(input) } }
        // 60 µs in a release build. What a test can promise on a busy machine is the order of magnitude.
        #expect(try #require(times.min()) < .milliseconds(100))
    }
}

@Suite("What the operator's policy changes")
struct PolicyTests {
    @Test(
        "keep_alive is the worker's unless the policy leaves it to jobs",
        arguments: [
            (#"{"prompt":"","keep_alive":0}"#, false, "-1"),
            (#"{"prompt":"","keep_alive":"5m"}"#, true, #""5m""#),
            (#"{"prompt":"","keep_alive":null}"#, true, "-1"),
            (#"{"prompt":""}"#, true, "-1"),
            (#"{"embed":"a","keep_alive":0}"#, false, "-1"),
        ]
    )
    func keepAlive(input: String, allowed: Bool, expected: String) throws {
        let policy = GenerationPolicy(allowsKeepAlive: allowed)
        let body = try generation(JSON(parsing: input), policy: policy).call(model: "m").body
        #expect(body?["keep_alive"]?.description == expected)
    }

    @Test func aSmallerContextIsServedWithThePinnedOne() throws {
        for context in [1, 2048, 8192] {
            let input: JSON = ["prompt": "hi", "options": ["num_ctx": JSON(context), "seed": 1]]
            #expect(try generation(input).call(model: "m").body?["options"] == ["seed": 1, "num_predict": 4096])
        }
    }

    @Test func aLargerContextIsRefusedAndBothAreNamed() {
        #expect {
            try generation(["prompt": "hi", "options": ["num_ctx": 8193]])
        } throws: { error in
            "\(error)".contains("at most 8192") && "\(error)".contains("but it is 8193")
                && (error as? InputError)?.field == "options.num_ctx"
        }
    }

    @Test func withoutAPinnedContextTheJobsIsPassedOn() throws {
        let input: JSON = ["prompt": "hi", "options": ["num_ctx": 100_000]]
        let options = try generation(input, policy: GenerationPolicy(pinnedContext: nil)).call(model: "m").body?[
            "options"
        ]
        #expect(options == ["num_ctx": 100_000, "num_predict": 4096])
    }

    @Test(
        "every generation has a limit, and is told if it asked for more",
        arguments: [
            (#"{}"#, 4096, false),
            (#"{"options":null}"#, 4096, false),
            (#"{"options":{"num_predict":null}}"#, 4096, false),
            (#"{"options":{"num_predict":16}}"#, 16, false),
            (#"{"options":{"num_predict":4096}}"#, 4096, false),
            (#"{"options":{"num_predict":4097}}"#, 4096, true),
            (#"{"options":{"num_predict":0}}"#, 4096, true),
            (#"{"options":{"num_predict":-0}}"#, 4096, true),
            (#"{"options":{"num_predict":0.0}}"#, 4096, true),
            (#"{"options":{"num_predict":-1}}"#, 4096, true),
            (#"{"options":{"num_predict":-2}}"#, 4096, true),
            (#"{"options":{"num_predict":16,"num_predict":0}}"#, 4096, true),
            (#"{"options":{"num_predict":0},"options":{"num_predict":9}}"#, 9, false),
            (#"{"max_tokens":20}"#, 20, false),
            (#"{"max_tokens":20000}"#, 4096, true),
            (#"{"max_tokens":0}"#, 4096, true),
            (#"{"max_tokens":-1}"#, 4096, true),
            (#"{"max_tokens":0,"options":{"num_predict":10}}"#, 10, false),
            (#"{"max_tokens":20,"options":{"num_predict":-1}}"#, 20, false),
            (#"{"max_tokens":20,"options":{"num_predict":10}}"#, 10, false),
        ]
    )
    func tokenCap(fields: String, limit: Int, isFlagged: Bool) throws {
        var input = try #require(JSON(parsing: fields).object)
        input["prompt"] = "hi"
        let generation = try generation(.object(input))
        let body = try #require(generation.call(model: "m").body)
        #expect(body["options"]?["num_predict"] == JSON(limit))
        #expect(body.description.components(of: "num_predict") == 1)
        #expect(generation.notes == (isFlagged ? ["token_cap": 4096] : [:]))
    }

    @Test(
        "OpenAI's limits are bounded under every name, and one stands where all engines look",
        arguments: [
            ("chat/completions", #"{}"#, #"{"max_tokens":4096}"#, false),
            ("chat/completions", #"{"max_tokens":null}"#, #"{"max_tokens":4096}"#, false),
            ("chat/completions", #"{"max_tokens":8}"#, #"{"max_tokens":8}"#, false),
            ("chat/completions", #"{"max_tokens":0}"#, #"{"max_tokens":4096}"#, true),
            (
                "chat/completions", #"{"max_completion_tokens":8}"#, #"{"max_completion_tokens":8,"max_tokens":8}"#,
                false
            ),
            (
                "chat/completions", #"{"max_completion_tokens":99999}"#,
                #"{"max_completion_tokens":4096,"max_tokens":4096}"#, true
            ),
            ("chat/completions", #"{"n_predict":-1,"max_tokens":8}"#, #"{"n_predict":8,"max_tokens":8}"#, false),
            ("completions", #"{"max_tokens":99999}"#, #"{"max_tokens":4096}"#, true),
            ("responses", #"{}"#, #"{"max_output_tokens":4096}"#, false),
            ("responses", #"{"max_output_tokens":-1}"#, #"{"max_output_tokens":4096}"#, true),
        ]
    )
    func openAITokenCap(route: String, fields: String, limits: String, isFlagged: Bool) throws {
        var request = try #require(JSON(parsing: fields).object)
        let content = ["chat/completions": "messages", "completions": "prompt", "responses": "input"][route] ?? ""
        request[content] = route == "chat/completions" ? [["role": "user", "content": "hi"]] : "hi"
        let generation = try generation(["openai_route": .string(route), "openai_input": .object(request)])
        let body = try #require(generation.call(model: "m").body)
        let found = JSON.Object(body.filter { $0.key.hasPrefix("max_") || $0.key == "n_predict" })
        #expect(found.description == limits)
        #expect(generation.notes == (isFlagged ? ["token_cap": 4096] : [:]))
    }

    @Test func embeddingsHaveNoTokenLimit() throws {
        let generation = try generation(["openai_route": "/v1/embeddings", "openai_input": ["input": "hi"]])
        #expect(generation.call(model: "m").body == ["input": "hi", "model": "m"])
        #expect(generation.shape == .whole)
    }

    @Test(
        "the counts are asked for where the worker merges, and left to the client where it relays",
        arguments: [
            (#"{}"#, #"{"include_usage":true}"#),
            (#"{"stream":false,"stream_options":null}"#, #"{"include_usage":true}"#),
            (#"{"stream_options":{"x":1}}"#, #"{"x":1,"include_usage":true}"#),
            (#"{"stream":true}"#, nil),
            (#"{"stream":true,"stream_options":{"include_usage":true}}"#, #"{"include_usage":true}"#),
        ]
    )
    func usage(fields: String, options: String?) throws {
        var request = try #require(JSON(parsing: fields).object)
        request["messages"] = [["role": "user", "content": "hi"]]
        let generation = try generation(["openai_route": "/v1/chat/completions", "openai_input": .object(request)])
        #expect(generation.call(model: "m").body?["stream_options"]?.description == options)
    }
}

extension String {
    fileprivate func components(of part: String) -> Int {
        ranges(of: part).count
    }

    @Test("a request to our own port is a job's, and its mistakes are named by where they stand in it")
    func answering() throws {
        let chat: JSON.Object = ["messages": [["role": "user", "content": "a"]], "model": "mine"]
        let job: JSON = ["openai_route": "/v1/chat/completions", "openai_input": .object(chat)]
        let policy = GenerationPolicy(servedNames: ["mine"])
        let request = try JobRequest(answering: .openAI("/v1/chat/completions", chat), policy: policy)
        #expect(request == (try JobRequest(parsing: job, policy: policy)))
        guard case .generation(let generation) = request else { return #expect(Bool(false)) }
        #expect(generation.model == nil, "a name that the worker is served under is its own model's")
        #expect(try JobRequest(answering: .load(model: "mine"), policy: policy) == .warmup(model: nil))
        for (body, field) in [(["messages": []], "messages"), (["messages": ["x"]], "messages[0]")]
            as [(JSON.Object, String)]
        {
            #expect(
                performing: { try JobRequest(answering: .openAI("/v1/chat/completions", body), policy: policy) },
                throws: { ($0 as? InputError)?.field == field }
            )
        }
    }
}
