import Generation
import JSON
import Testing

@Suite("How much a job may bring")
struct JobLimitTests {
    @Test("images are counted over the whole job")
    func images() throws {
        let policy = GenerationPolicy(maximumImages: 3)
        let messages: JSON = [
            ["role": "user", "content": "a", "images": ["AAAA", "AAAA"]],
            ["role": "user", "content": "b", "images": ["AAAA", "AAAA"]],
        ]
        let error = #expect(throws: InputError.self) { try JobRequest(parsing: ["messages": messages], policy: policy) }
        #expect(error?.field == "messages[1].images[1]")
        #expect(
            error?.description
                == #""messages[1].images[1]" is number 4 of this job's images and files; at most 3 are taken (KINDLING_JOB_IMAGES)"#
        )
        #expect(throws: Never.self) {
            try JobRequest(parsing: ["prompt": "a", "images": ["AAAA", "AAAA", "AAAA"]], policy: policy)
        }
    }

    @Test("the images of a batch are counted together")
    func batch() throws {
        let policy = GenerationPolicy(maximumImages: 3)
        func job(_ count: Int) -> JSON {
            ["prompts": .array(Array(repeating: ["prompt": "a", "images": ["AAAA"]], count: count))]
        }
        #expect(throws: Never.self) { try JobRequest(parsing: job(3), policy: policy) }
        let error = #expect(throws: InputError.self) { try JobRequest(parsing: job(4), policy: policy) }
        #expect(error?.field == "prompts")
        #expect(
            error?.description == #""prompts" bring 4 images together; at most 3 are taken (KINDLING_JOB_IMAGES)"#
        )
    }

    @Test(
        "an image's bytes are bounded, however it is written",
        arguments: [
            (#"{"prompt":"a","images":["AAAAAAAA"]}"#, true), (#"{"prompt":"a","images":["AAAAAAAAAAAA"]}"#, false),
            (#"{"prompt":"a","images":["data:image/png;base64,AAAAAAAA"]}"#, true),
            (#"{"prompt":"a","images":["data:image/png;base64,AAAAAAAAAAAA"]}"#, false),
            (#"{"prompt":"a","images":["data:,12345678"]}"#, true),
            (#"{"prompt":"a","images":["data:,123456789"]}"#, false),
        ]
    )
    func imageBytes(input: String, fits: Bool) throws {
        let policy = GenerationPolicy(maximumImageBytes: 8)
        let input = try JSON(parsing: input)
        do throws(InputError) {
            _ = try JobRequest(parsing: input, policy: policy)
            #expect(fits)
        } catch {
            #expect(
                error.description == #""images[0]" holds about 9 bytes; at most 8 are taken (KINDLING_IMAGE_MEGABYTES)"#
            )
            #expect(!fits)
        }
    }

    @Test("the whole input is bounded, whatever it is made of")
    func size() throws {
        let policy = GenerationPolicy(maximumInputBytes: 1000)
        let large: [JSON] = [
            ["prompt": .string(String(repeating: "x", count: 1000))],
            ["prompt": "a", "x": .array(Array(repeating: 12345, count: 200))],
            ["prompt": "a", "x": .array(Array(repeating: [], count: 500))],
            ["prompt": "a", "x": .object(JSON.Object((0..<200).map { ("k\($0)", .null) }))],
        ]
        for input in large {
            let error = #expect(throws: InputError.self) { try JobRequest(parsing: input, policy: policy) }
            #expect(
                error?.description
                    == "the job's input is larger than the 1000 bytes that are taken (KINDLING_JOB_MEGABYTES)"
            )
        }
        #expect(throws: Never.self) {
            try JobRequest(parsing: ["prompt": .string(String(repeating: "x", count: 950))], policy: policy)
        }
    }

    @Test("texts to embed, and prompts of a completion, are counted; tokens are not texts")
    func texts() throws {
        let policy = GenerationPolicy(maximumPrompts: 2, maximumTexts: 3)
        func openAI(_ route: String, _ field: String, _ value: JSON) -> JSON {
            ["openai_route": .string(route), "openai_input": .object([field: value])]
        }
        let fitting: [JSON] = [
            ["embed": ["a", "b", "c"]], openAI("embeddings", "input", ["a", "b", "c"]),
            openAI("embeddings", "input", [1, 2, 3, 4]), openAI("completions", "prompt", ["a", "b"]),
            openAI("completions", "prompt", [1, 2, 3, 4]), openAI("responses", "input", [[:], [:], [:], [:]]),
        ]
        for input in fitting { #expect(throws: Never.self) { try JobRequest(parsing: input, policy: policy) } }
        let excessive: [(JSON, String)] = [
            (["embed": ["a", "b", "c", "d"]], #""input" must have at most 3 texts, but it has 4"#),
            (["embed": ["input": ["a", "b", "c", "d"]]], #""embed.input" must have at most 3 texts, but it has 4"#),
            (
                openAI("embeddings", "input", ["a", "b", "c", "d"]),
                #""openai_input.input" must have at most 3 texts, but it has 4"#
            ),
            (
                openAI("completions", "prompt", [[1], [2], [3]]),
                #""openai_input.prompt" must have at most 2 texts, but it has 3"#
            ),
        ]
        for (input, description) in excessive {
            let error = #expect(throws: InputError.self) { try JobRequest(parsing: input, policy: policy) }
            #expect(error?.description == description)
        }
    }
}
