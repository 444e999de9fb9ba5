import Generation
import JSON
import Testing

@Suite("Bad input is answered with a sentence that names the field, what was found and what is expected")
struct InputErrorTests {
    @Test(
        "the input as a whole",
        arguments: [
            (#""hi""#, "", #"the job's input must be an object such as {"prompt": "…"}, but it is a string"#),
            (
                #"{}"#, "",
                #"the job's input must have "prompt", "messages", "prompts", "embed", "warmup", "openai_route" or "method_name", but it is empty"#
            ),
            (
                #"{"promt":"hi","stream":true}"#, "",
                #"the job's input must have "prompt", "messages", "prompts", "embed", "warmup", "openai_route" or "method_name", but it has only "promt", "stream""#
            ),
            (
                #"{"prompt":"hi","messages":[]}"#, "messages",
                #"the input has both "prompt" and "messages"; a job does one thing, so send one of them"#
            ),
            (
                #"{"warmup":true,"prompt":"hi"}"#, "warmup",
                #"the input has both "prompt" and "warmup"; a job does one thing, so send one of them"#
            ),
            (#"{"warmup":"yes"}"#, "warmup", #""warmup" must be true or false, but it is a string"#),
            (
                #"{"include":["times"],"prompt":"hi"}"#, "include[0]",
                #""include[0]" must be "timings", but it is "times""#
            ),
        ]
    )
    func whole(input: String, field: String, description: String) throws {
        try expect(input, field, description)
    }

    @Test(
        "prompts and their fields",
        arguments: [
            (#"{"prompt":5}"#, "prompt", #""prompt" must be a string, but it is a number"#),
            (#"{"prompt":["a"]}"#, "prompt", #""prompt" must be a string, but it is an array"#),
            (#"{"prompt":"a","model":1}"#, "model", #""model" must be a string, but it is a number"#),
            (#"{"prompt":"a","stream":"yes"}"#, "stream", #""stream" must be true or false, but it is a string"#),
            (#"{"prompt":"a","options":[]}"#, "options", #""options" must be an object, but it is an array"#),
            (#"{"prompt":"a","images":"x"}"#, "images", #""images" must be an array of strings, but it is a string"#),
            (#"{"prompt":"a","images":["x",{}]}"#, "images[1]", #""images[1]" must be a string, but it is an object"#),
            (
                #"{"prompt":"a","context":["x"]}"#, "context[0]",
                #""context[0]" must be a whole number, but it is a string"#
            ),
            (#"{"prompt":"a","tools":[1]}"#, "tools[0]", #""tools[0]" must be an object, but it is a number"#),
            (
                #"{"prompt":"a","format":"xml"}"#, "format",
                #""format" must be an object, "" or "json", but it is "xml""#
            ),
            (#"{"prompt":"a","format":1}"#, "format", #""format" must be an object, "" or "json", but it is a number"#),
            (
                #"{"prompt":"a","think":"hard"}"#, "think",
                #""think" must be true, false, "low", "medium" or "high", but it is "hard""#
            ),
            (
                #"{"prompt":"a","keep_alive":true}"#, "keep_alive",
                #""keep_alive" must be a string or a number, but it is a boolean"#
            ),
            (
                #"{"prompt":"a","max_tokens":1.5}"#, "max_tokens",
                #""max_tokens" must be a whole number, but it is 1.5"#
            ),
            (
                #"{"prompt":"a","max_tokens":"9"}"#, "max_tokens",
                #""max_tokens" must be a whole number, but it is a string"#
            ),
            (
                #"{"prompt":"a","options":{"num_predict":0.5}}"#, "options.num_predict",
                #""options.num_predict" must be a whole number, but it is 0.5"#
            ),
            (
                #"{"prompt":"a","options":{"num_predict":"ten"}}"#, "options.num_predict",
                #""options.num_predict" must be a whole number, but it is a string"#
            ),
            (
                #"{"prompt":"a","options":{"num_thread":100000}}"#, "options.num_thread",
                #""options.num_thread" must be a whole number from 0 to 1024, but it is 100000"#
            ),
            (
                #"{"prompt":"a","options":{"num_batch":-1}}"#, "options.num_batch",
                #""options.num_batch" must be a whole number from 1 to 65536, but it is -1"#
            ),
            (
                #"{"prompt":"a","top_logprobs":1e9}"#, "top_logprobs",
                #""top_logprobs" must be a whole number from 0 to 100, but it is 1e9"#
            ),
            (
                #"{"prompt":"a","options":{"num_ctx":65536}}"#, "options.num_ctx",
                #""options.num_ctx" must be at most 8192, the context this worker's model is loaded with, but it is 65536"#
            ),
            (#"{"prompt":"a","Options":{"num_predict":0}}"#, "Options", #""Options" must be written "options""#),
            (#"{"prompt":"a","option\#u{17F}":{}}"#, "option\u{17F}", "\"option\u{17F}\" must be written \"options\""),
            (
                #"{"prompt":"a","\#u{212A}eep_alive":0}"#, "\u{212A}eep_alive",
                "\"\u{212A}eep_alive\" must be written \"keep_alive\""
            ),
        ]
    )
    func prompt(input: String, field: String, description: String) throws {
        try expect(input, field, description)
    }

    @Test(
        "messages",
        arguments: [
            (#"{"messages":"hi"}"#, "messages", #""messages" must be an array of objects, but it is a string"#),
            (#"{"messages":["hi"]}"#, "messages[0]", #""messages[0]" must be an object, but it is a string"#),
            (
                #"{"messages":[{"role":"user","content":"a"},{"content":"b"}]}"#, "messages[1].role",
                #""messages[1].role" is missing; it must be "system", "user", "assistant" or "tool""#
            ),
            (
                #"{"messages":[{"role":"robot","content":"a"}]}"#, "messages[0].role",
                #""messages[0].role" must be "system", "user", "assistant" or "tool", but it is "robot""#
            ),
            (
                #"{"messages":[{"role":"user"}]}"#, "messages[0].content",
                #""messages[0].content" is missing; it must be a string"#
            ),
            (
                #"{"messages":[{"role":"user","content":4}]}"#, "messages[0].content",
                #""messages[0].content" must be a string, but it is a number"#
            ),
            (
                #"{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]}]}"#, "messages[0].content",
                #""messages[0].content" must be a string, but it is an array; content parts go with "openai_route""#
            ),
            (
                #"{"messages":[{"role":"user","images":[1]}]}"#, "messages[0].images[0]",
                #""messages[0].images[0]" must be a string, but it is a number"#
            ),
        ]
    )
    func messages(input: String, field: String, description: String) throws {
        try expect(input, field, description)
    }

    @Test(
        "embeddings and named methods",
        arguments: [
            (
                #"{"embed":5}"#, "embed",
                #""embed" must be a string, an array of strings or an object, but it is a number"#
            ),
            (#"{"embed":["a",5]}"#, "embed[1]", #""embed[1]" must be a string, but it is a number"#),
            (#"{"embed":{}}"#, "embed.input", #""embed.input" is missing; it must be a string or an array of strings"#),
            (
                #"{"embed":{"input":5}}"#, "embed.input",
                #""embed.input" must be a string or an array of strings, but it is a number"#
            ),
            (
                #"{"embed":"a","dimensions":0}"#, "dimensions",
                #""dimensions" must be a whole number of at least 1, but it is 0"#
            ),
            (#"{"embed":{"input":"a"},"model":1}"#, "model", #""model" must be a string, but it is a number"#),
            (
                #"{"method_name":"pull","input":{}}"#, "method_name",
                #""method_name" must be "generate", "chat", "embed" or "embeddings", but it is "pull""#
            ),
            (
                #"{"method_name":"chat"}"#, "input",
                #""input" is missing; it must be an object with the method's fields"#
            ),
            (#"{"method_name":"chat","input":[]}"#, "input", #""input" must be an object, but it is an array"#),
            (
                #"{"method_name":"generate","input":{}}"#, "input.prompt",
                #""input.prompt" is missing; it must be a string"#
            ),
            (
                #"{"method_name":"chat","input":{"messages":[{"role":1}]}}"#, "input.messages[0].role",
                #""input.messages[0].role" must be "system", "user", "assistant" or "tool", but it is a number"#
            ),
            (
                #"{"method_name":"generate","input":{"prompt":{"a":1}}}"#, "input.prompt",
                #""input.prompt" must be a string, but it is an object"#
            ),
        ]
    )
    func others(input: String, field: String, description: String) throws {
        try expect(input, field, description)
    }

    @Test(
        "OpenAI's routes",
        arguments: [
            (
                #"{"openai_route":"/v1/audio/speech"}"#, "openai_route",
                #""openai_route" must be /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models or /v1/responses, but it is "/v1/audio/speech""#
            ),
            (#"{"openai_route":1}"#, "openai_route", #""openai_route" must be a string, but it is a number"#),
            (
                #"{"openai_route":"/v1/completions"}"#, "openai_input",
                #""openai_input" is missing; it must be an object, the body of the request to /v1/completions"#
            ),
            (
                #"{"openai_route":"/v1/completions","openai_input":"a"}"#, "openai_input",
                #""openai_input" must be an object, but it is a string"#
            ),
            (
                #"{"openai_route":"/v1/chat/completions","openai_input":{}}"#, "openai_input.messages",
                #""openai_input.messages" is missing; it must be an array of objects"#
            ),
            (
                #"{"openai_route":"/v1/chat/completions","openai_input":{"messages":[{"role":"robot"}]}}"#,
                "openai_input.messages[0].role",
                #""openai_input.messages[0].role" must be "system", "developer", "user", "assistant", "tool" or "function", but it is "robot""#
            ),
            (
                #"{"openai_route":"/v1/completions","openai_input":{"prompt":1}}"#, "openai_input.prompt",
                #""openai_input.prompt" must be a string or an array, but it is a number"#
            ),
            (
                #"{"openai_route":"/v1/completions","openai_input":{"prompt":"a","max_tokens":"x"}}"#,
                "openai_input.max_tokens",
                #""openai_input.max_tokens" must be a whole number, but it is a string"#
            ),
            (
                #"{"openai_route":"/v1/completions","openai_input":{"prompt":"a","MAX_TOKENS":-1}}"#,
                "openai_input.MAX_TOKENS",
                #""openai_input.MAX_TOKENS" must be written "openai_input.max_tokens""#
            ),
            (
                #"{"openai_route":"/v1/completions","openai_input":{"prompt":"a","n":129}}"#, "openai_input.n",
                #""openai_input.n" must be a whole number from 1 to 128, but it is 129"#
            ),
            (
                #"{"openai_route":"/v1/completions","openai_input":{"prompt":"a","best_of":0}}"#,
                "openai_input.best_of",
                #""openai_input.best_of" must be a whole number from 1 to 128, but it is 0"#
            ),
            (
                #"{"openai_route":"/v1/embeddings","openai_input":{}}"#, "openai_input.input",
                #""openai_input.input" is missing; it must be a string or an array"#
            ),
        ]
    )
    func openAI(input: String, field: String, description: String) throws {
        try expect(input, field, description)
    }

    @Test(
        "batches as a whole",
        arguments: [
            (#"{"prompts":"a"}"#, "prompts", #""prompts" must be an array of strings or objects, but it is a string"#),
            (#"{"prompts":[]}"#, "prompts", #""prompts" must be an array of 1 to 1024 prompts, but it has 0"#),
            (
                #"{"prompts":["a"],"stream":true}"#, "stream",
                #""stream" must be false beside "prompts"; to stream, send a job for each prompt"#
            ),
            (#"{"prompts":["a"],"system":1}"#, "system", #""system" must be a string, but it is a number"#),
        ]
    )
    func batches(input: String, field: String, description: String) throws {
        try expect(input, field, description)
    }

    @Test func aLongValueIsShortened() {
        let name = String(repeating: "x", count: 5000)
        #expect {
            try JobRequest(parsing: ["method_name": .string(name), "input": [:]])
        } throws: { "\($0)".count < 130 && "\($0)".hasSuffix("xxx…") }
    }

    private func expect(_ input: String, _ field: String, _ description: String) throws {
        let input = try JSON(parsing: input)
        let error = #expect(throws: InputError.self) { try JobRequest(parsing: input) }
        #expect(error?.field == field)
        #expect(error?.description == description)
    }
}
