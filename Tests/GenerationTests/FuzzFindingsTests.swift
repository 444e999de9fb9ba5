import Generation
import JSON
import Testing

/// Inputs that broke a promise once, found by `scripts/fuzz`.
@Suite struct FuzzFindingsTests {
    private static let many = JSON.object(JSON.Object((0..<40_000).map { (key: "k\($0)", value: 1) }))

    @Test(
        arguments: [
            (["prompts": [many]], "prompts[0]"),
            (["prompts": [["prompt": "x", "options": many]], "options": ["seed": 1]], "prompts[0].options"),
            (["prompts": [["prompt": "x", "options": ["seed": 1]]], "options": many], "options"),
            (["embed": many], "embed"),
            (["prompt": "x", "options": many], "options"),
            (["method_name": "chat", "input": many], "input"),
            (["openai_route": "/v1/completions", "openai_input": many], "openai_input"),
        ] as [(JSON, String)]
    )
    func `an object of 40,000 fields is refused before it is laid over another`(input: JSON, place: String) throws {
        let error: InputError
        switch Result(catching: { () throws(InputError) in try JobRequest(parsing: input) }) {
        case .failure(let failure): error = failure
        case .success(.batch(let items)):
            guard case .failure(let failure)? = items.first else {
                Issue.record("the item was taken")
                return
            }
            error = failure
        case .success:
            Issue.record("the input was taken")
            return
        }
        #expect(error.field == place)
        #expect(error.description == "\"\(place)\" must have at most 256 fields, but it has 40000")
    }

    @Test(arguments: ["data:image/png;base64,file:aGk=", "data:;base64,http://10.0.0.1/", "data:;base64,../x"])
    func `a URL within a data URL reaches no engine`(text: String) {
        let input: JSON = ["messages": [["role": "user", "content": "x", "images": [.string(text)]]]]
        #expect {
            _ = try JobRequest(parsing: input)
        } throws: { error in
            (error as? InputError)?.field == "messages[0].images[0]"
        }
    }

    @Test func `the input itself has at most 256 fields`() {
        var input: JSON.Object = ["prompt": "x"]
        for index in 0..<256 { input["k\(index)"] = 1 }
        #expect(throws: InputError.self) { try JobRequest(parsing: .object(input)) }
        input["k0"] = nil
        #expect(throws: Never.self) { try JobRequest(parsing: .object(input)) }
    }
}
