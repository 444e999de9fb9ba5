import Generation
import JSON
import Jobs
import Testing

@Suite("URLs of jobs never reach an engine")
struct AttachmentTests {
    private static let fetching = GenerationPolicy(fetchesURLs: true)
    private static let chat =
        #"{"openai_route":"/v1/chat/completions","openai_input":{"messages":[{"role":"user","content":"#
    private static let responses = #"{"openai_route":"/v1/responses","openai_input":{"input":"#

    /// Inputs with a picture at `http://x/p`, and the field it stands in.
    private static let pictures: [(input: String, field: String)] = [
        (#"{"prompt":"a","images":["http://x/p"]}"#, "images[0]"),
        (#"{"prompt":"a","images":["AAAA","http://x/p"]}"#, "images[1]"),
        (#"{"messages":[{"role":"user","content":"a","images":["http://x/p"]}]}"#, "messages[0].images[0]"),
        (#"{"method_name":"generate","input":{"prompt":"a","images":["http://x/p"]}}"#, "input.images[0]"),
        (
            chat + #"[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"http://x/p"}}]}]}}"#,
            "openai_input.messages[0].content[1].image_url.url"
        ),
        (
            chat + #"[{"type":"image_url","image_url":"http://x/p"}]}]}}"#,
            "openai_input.messages[0].content[0].image_url"
        ),
        // A type that does not fit, or none: engines differ in what they go by.
        (
            chat + #"[{"type":"text","text":"a","image_url":{"url":"http://x/p"}}]}]}}"#,
            "openai_input.messages[0].content[0].image_url.url"
        ),
        (
            chat + #"[{"IMAGE_URL":{"Url":"http://x/p"}}]}]}}"#,
            "openai_input.messages[0].content[0].IMAGE_URL.Url"
        ),
        // A name that occurs twice: engines differ in which they take.
        (
            chat + #"[{"image_url":{"url":"http://x/p","url":"data:,x"}}]}]}}"#,
            "openai_input.messages[0].content[0].image_url.url"
        ),
        (
            responses + #"[{"role":"user","content":[{"type":"input_image","image_url":"http://x/p"}]}]}}"#,
            "openai_input.input[0].content[0].image_url"
        ),
        (
            responses + #"[{"type":"function_call_output","output":[{"image_url":"http://x/p"}]}]}}"#,
            "openai_input.input[0].output[0].image_url"
        ),
    ]

    @Test("without the operator's leave, a URL is refused by its field, with what to do", arguments: pictures)
    func refused(input: String, field: String) throws {
        let input = try JSON(parsing: input)
        let error = #expect(throws: InputError.self) { try JobRequest(parsing: input) }
        #expect(error?.field == field)
        #expect(
            error?.description
                == "\"\(field)\" is a URL, and this worker fetches none; send the data itself, as base64 or a data: URL, "
                + "or let the operator set KINDLING_FETCH_URLS=1"
        )
    }

    @Test("with it, the URL is named, withheld from the engine, and replaced by the picture", arguments: pictures)
    func resolved(input: String, field: String) throws {
        let generation = try generation(JSON(parsing: input), policy: Self.fetching)
        #expect(generation.attachments.map(\.field) == [field])
        #expect(generation.attachments.map(\.url) == ["http://x/p"])
        #expect(!JSON.object(generation.call(model: "m").body ?? [:]).description.contains("http"))

        let picture = ImageData(mediaType: "image/png", bytes: [0, 16, 131])
        let resolved = try generation.resolving(["http://x/p": Result<_, Never>.success(picture)])
        #expect(resolved.attachments.isEmpty)
        let body = JSON.object(resolved.call(model: "m").body ?? [:]).description
        let isNative = resolved.shape == .native
        #expect(body.contains(isNative ? #""ABCD""# : #""data:image/png;base64,ABCD""#))
        #expect(!body.contains("http"))
    }

    @Test("nothing but the URL changes")
    func rest() throws {
        let input = #"{"prompt":"a","z":1.0,"images":["AAAA","http://x/p","http://x/q","http://x/p"],"b":[{}],"b":2}"#
        let generation = try generation(JSON(parsing: input), policy: Self.fetching)
        #expect(generation.attachments.map(\.url) == ["http://x/p", "http://x/q", "http://x/p"])
        let images = ["p": [UInt8(0)], "q": [1]].map { ("http://x/\($0)", ImageData(mediaType: "a/b", bytes: $1)) }
        let resolved = try generation.resolving(
            Dictionary(uniqueKeysWithValues: images).mapValues { Result<_, Never>.success($0) }
        )
        #expect(
            resolved.call(model: "m").body?.description
                == #"{"prompt":"a","z":1.0,"images":["AAAA","AA==","AQ==","AA=="],"b":[{}],"b":2,"keep_alive":-1,"#
                + #""options":{"num_predict":4096},"stream":true,"model":"m"}"#
        )
    }

    @Test("a URL that gave no picture is the job's error, by its field")
    func unfetched() throws {
        struct Trouble: Error, CustomStringConvertible { let description = "x answered 404" }
        let generation = try generation(["prompt": "a", "images": ["http://x/secret"]], policy: Self.fetching)
        let failed = #expect(throws: InputError.self) {
            try generation.resolving(["http://x/secret": .failure(Trouble())])
        }
        #expect(failed?.field == "images[0]")
        #expect(failed?.description == #""images[0]" could not be fetched: x answered 404"#)
        let forgotten = #expect(throws: InputError.self) {
            try generation.resolving([:] as [String: Result<_, Trouble>])
        }
        #expect(forgotten?.description == #""images[0]" was not fetched"#)
    }

    @Test(
        "other schemes and paths are refused, also where URLs are fetched",
        arguments: [
            (#"{"prompt":"a","images":["file:///etc/passwd"]}"#, "images[0]"),
            (#"{"prompt":"a","images":["FILE:/etc/passwd"]}"#, "images[0]"),
            (#"{"prompt":"a","images":[" fi\nle:/etc/passwd"]}"#, "images[0]"),
            (#"{"prompt":"a","images":["/etc/picture.png"]}"#, "images[0]"),
            (chat + #"[{"image_url":{"url":"ftp://x/p"}}]}]}}"#, "openai_input.messages[0].content[0].image_url.url"),
            (chat + #"[{"image_url":{"url":"/x.png"}}]}]}}"#, "openai_input.messages[0].content[0].image_url.url"),
            (
                chat + #"[{"type":"input_audio","input_audio":{"data":"http://x/p"}}]}]}}"#,
                "openai_input.messages[0].content[0].input_audio.data"
            ),
            (
                chat + #"[{"type":"input_audio","input_audio":{"url":"http://x/p"}}]}]}}"#,
                "openai_input.messages[0].content[0].input_audio.url"
            ),
            (
                chat + #"[{"type":"video_url","video_url":{"url":"http://x/p"}}]}]}}"#,
                "openai_input.messages[0].content[0].video_url.url"
            ),
            (
                chat + #"[{"type":"file","file":{"file_data":"file:///etc/passwd"}}]}]}}"#,
                "openai_input.messages[0].content[0].file.file_data"
            ),
            (
                chat + #"[{"type":"input_audio","input_audio":"http://x/p"}]}]}}"#,
                "openai_input.messages[0].content[0].input_audio"
            ),
            (
                responses + #"[{"content":[{"type":"input_file","file_url":"https://x/p"}]}]}}"#,
                "openai_input.input[0].content[0].file_url"
            ),
            (
                #"{"openai_route":"completions","openai_input":{"prompt":[{"multimodal_data":["http://x/p"]}]}}"#,
                "openai_input.prompt[0].multimodal_data[0]"
            ),
            (
                #"{"openai_route":"embeddings","openai_input":{"input":[{"image_url":{"url":"file:x"}}]}}"#,
                "openai_input.input[0].image_url.url"
            ),
            (
                responses + #""a","tools":[{"type":"mcp","server_url":"http://x/mcp"}]}}"#,
                "openai_input.tools[0].server_url"
            ),
        ]
    )
    func refusedAlways(input: String, field: String) throws {
        let input = try JSON(parsing: input)
        let error = #expect(throws: InputError.self) { try JobRequest(parsing: input, policy: Self.fetching) }
        #expect(error?.field == field)
        #expect(error?.description.contains("/p") == false)
        #expect(error?.description.contains("passwd") == false)
    }

    @Test(
        "text may speak of URLs as it likes",
        arguments: [
            #"{"prompt":"http://x/p file:///etc/passwd","system":"ftp://x"}"#,
            #"{"messages":[{"role":"user","content":"https://x/p"}]}"#,
            #"{"messages":[{"role":"assistant","tool_calls":[{"function":{"name":"get","arguments":{"url":"http://x"}}}]}]}"#,
            chat + #"[{"type":"text","text":"http://x/p"}]}]}}"#,
            chat
                + #""a"}],"metadata":{"url":"http://x"},"tools":[{"function":{"parameters":{"default":{"url":"http://x"}}}}]}}"#,
            responses + #"[{"role":"assistant","content":[{"text":"a","annotations":[{"url":"http://x"}]}]}]}}"#,
            responses + #"[{"type":"function_call_output","output":"http://x"}]}}"#,
            #"{"openai_route":"completions","openai_input":{"prompt":["http://x","file:///y"]}}"#,
            #"{"embed":["http://x","file:///y"]}"#,
            #"{"embed":{"input":"http://x"}}"#,
        ]
    )
    func text(input: String) throws {
        let input = try JSON(parsing: input)
        #expect(try generation(input).attachments.isEmpty)
    }

    @Test("data: URLs pass, as they are to OpenAI's routes and bare to Ollama's")
    func inline() throws {
        let native = try generation(["prompt": "a", "images": ["data:image/png;base64,AAAA", "BBBB"]])
        #expect(native.call(model: "m").body?["images"] == ["AAAA", "BBBB"])
        let openAI = try generation(
            JSON(parsing: Self.chat + #"[{"image_url":{"url":"data:image/png;base64,AAAA"}}]}]}}"#)
        )
        let content = openAI.call(model: "m").body?["messages"]?[0]?["content"]
        #expect(content?[0]?["image_url"]?["url"] == "data:image/png;base64,AAAA")
    }

    @Test("in a batch, a picture that is missing fails in its place")
    func batch() throws {
        struct Trouble: Error, CustomStringConvertible { let description = "x answered 404" }
        let input: JSON = [
            "prompts": [
                "a", ["prompt": "b", "images": ["http://x/p"]], ["prompt": "c", "images": ["http://x/q"]],
                ["prompt": "d", "images": ["http://x/p"]],
            ]
        ]
        let request = try JobRequest(parsing: input, policy: Self.fetching)
        #expect(
            request.attachments.map(\.field) == [
                "prompts[1].images[0]", "prompts[2].images[0]", "prompts[3].images[0]",
            ]
        )
        let picture = ImageData(mediaType: "image/png", bytes: [0, 16, 131])
        let resolved = try request.resolving(["http://x/p": .success(picture), "http://x/q": .failure(Trouble())])
        guard case .batch(let generations) = resolved else { throw UnexpectedRequest(request: resolved) }
        let images = generations.map { generation -> JSON? in
            (try? generation.get())?.call(model: "m").body?["images"]
        }
        #expect(images == [nil, ["ABCD"], nil, ["ABCD"]])
        let error = #expect(throws: InputError.self) { try generations[2].get() }
        #expect(error?.description == #""prompts[2].images[0]" could not be fetched: x answered 404"#)
    }

    @Test("members that nobody knows yet are gone through as well")
    func unknownMembers() throws {
        for input in [
            #"{"prompt":"a","video_url":"http://x/p"}"#, #"{"prompt":"a","later":{"source":[{"url":"file:///x"}]}}"#,
            Self.chat + #""a"}],"documents":[{"url":"http://x/p"}]}}"#,
        ] {
            let input = try JSON(parsing: input)
            #expect(throws: InputError.self) { try JobRequest(parsing: input, policy: Self.fetching) }
        }
    }
}
