import Generation
import JSON
import Jobs
import Testing

@Suite("Many prompts in one job")
struct BatchInputTests {
    @Test func itemsShareFieldsAndOverrideThem() throws {
        let items = try batch(
            #"""
            {"system":"s","options":{"temperature":0,"seed":1},
             "prompts":["a",{"prompt":"b","options":{"seed":2},"max_tokens":3},{"messages":[{"role":"user","content":"c"}],"system":null}]}
            """#
        )
        let bodies = try items.map { try $0.get().call(model: "m").body?.description }
        #expect(
            bodies == [
                #"{"system":"s","options":{"temperature":0,"seed":1,"num_predict":4096},"prompt":"a","keep_alive":-1,"stream":true,"model":"m"}"#,
                #"{"system":"s","options":{"temperature":0,"seed":2,"num_predict":3},"prompt":"b","keep_alive":-1,"stream":true,"model":"m"}"#,
                #"{"system":null,"options":{"temperature":0,"seed":1,"num_predict":4096},"messages":[{"role":"user","content":"c"}],"keep_alive":-1,"stream":true,"model":"m"}"#,
            ]
        )
        #expect(try items.map { try $0.get().call(model: "m").route } == [.generate, .generate, .chat])
    }

    @Test func aBadItemFailsInItsPlace() throws {
        let items = try batch(#"{"prompts":["a",5,{"prompt":6},{"prompt":"b","messages":[]},{},"c"]}"#)
        let errors = items.map { item -> String? in
            guard case .failure(let error) = item else { return nil }
            return error.description
        }
        #expect(
            errors == [
                nil,
                #""prompts[1]" must be a string or an object, but it is a number"#,
                #""prompts[2].prompt" must be a string, but it is a number"#,
                #""prompts[3]" has both "prompt" and "messages"; send one of them"#,
                #""prompts[4].prompt" is missing; it must be a string"#,
                nil,
            ]
        )
    }

    @Test func itemsDoNotStreamAndShareWhatIsIncluded() throws {
        let items = try batch(#"{"prompts":["a",{"prompt":"b","stream":true}],"include":["timings"]}"#)
        for item in items {
            let generation = try item.get()
            #expect(!generation.streams)
            #expect(generation.includesTimings)
        }
    }

    @Test func theNumberOfPromptsIsBounded() throws {
        let policy = GenerationPolicy(maximumPrompts: 2)
        #expect(throws: Never.self) { try JobRequest(parsing: ["prompts": ["a", "b"]], policy: policy) }
        #expect {
            try JobRequest(parsing: ["prompts": ["a", "b", "c"]], policy: policy)
        } throws: { "\($0)" == #""prompts" must be an array of 1 to 2 prompts, but it has 3"# }
    }

    private func batch(_ input: String) throws -> [Result<Generation, InputError>] {
        let request = try JobRequest(parsing: JSON(parsing: input))
        guard case .batch(let items) = request else { throw UnexpectedRequest(request: request) }
        return items
    }
}
