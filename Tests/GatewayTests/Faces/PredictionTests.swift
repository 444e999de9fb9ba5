import JSON
import Jobs
import LocalQueue
import Testing

@testable import Gateway

/// Bodies without a route of their own, told by their shape.
struct PredictionTests {
    /// Parameters are merged into each instance.
    @Test func manyTimesManyIsRefusedBeforeItCostsAnything() {
        func members(_ count: Int) -> JSON { .object(JSON.Object((0..<count).map { ("p\($0)", 1) })) }
        let bodies: [(JSON.Object, String)] = [
            (["instances": .array(Array(repeating: "", count: 1025))], "1025 items"),
            (["instances": ["x"], "parameters": members(65)], "65 members"),
            (["instances": [members(257)]], "instances[0]: It has 257 members"),
        ]
        for (body, words) in bodies {
            do throws(Refusal) {
                _ = try Prediction(body, model: nil)
                Issue.record("\(words) were taken")
            } catch {
                #expect(error.status == 400)
                #expect(error.message.contains(words), "\(error.message)")
            }
        }
    }

    @Test(
        arguments: [
            ("x", .openAI("/v1/completions", ["prompt": "x"]), .text),
            (["prompt": "x", "max_tokens": 5], .openAI("/v1/completions", ["prompt": "x", "max_tokens": 5]), .asItIs),
            (["messages": [[:]]], .openAI("/v1/chat/completions", ["messages": [[:]]]), .asItIs),
            (["input": "x"], .openAI("/v1/embeddings", ["input": "x"]), .asItIs),
            (["input": ["x", "y"]], .openAI("/v1/embeddings", ["input": ["x", "y"]]), .asItIs),
            (["input": ["prompt": "x"], "webhook": "y"], .job(["prompt": "x"]), .asItIs),
            (["inputs": "x"], .openAI("/v1/completions", ["prompt": "x"]), .generatedText(prompt: "")),
            (
                [
                    "inputs": "x",
                    "parameters": [
                        "max_new_tokens": 9, "temperature": 0.50, "top_p": 0.9, "stop": ["\n"], "do_sample": true,
                        "seed": .null, "return_full_text": true, "repetition_penalty": 1.1,
                    ],
                ],
                .openAI(
                    "/v1/completions",
                    [
                        "max_tokens": 9, "temperature": 0.50, "top_p": 0.9, "stop": ["\n"], "repetition_penalty": 1.1,
                        "prompt": "x",
                    ]
                ),
                .generatedText(prompt: "x")
            ),
            (
                ["inputs": "x", "parameters": ["do_sample": false]],
                .openAI("/v1/completions", ["temperature": 0, "prompt": "x"]), .generatedText(prompt: "")
            ),
        ] as [(JSON, InferenceRequest.Input, Instance.Answer)]
    )
    func aShapeSaysWhatIsWanted(body: JSON, input: InferenceRequest.Input, answer: Instance.Answer) throws {
        let instance = try Instance(body)
        #expect(instance.input == input)
        #expect(instance.answer == answer)
        #expect(!instance.streams)
    }

    @Test(
        arguments: [
            ("x", .openAI("/v1/completions", ["prompt": "x", "max_tokens": 7, "top_p": 0.5, "model": "m"])),
            (
                ["prompt": "x", "max_tokens": 1, "model": "other"],
                .openAI("/v1/completions", ["prompt": "x", "max_tokens": 1, "model": "m", "top_p": 0.5])
            ),
            (
                ["inputs": "x", "parameters": ["max_new_tokens": 1]],
                .openAI("/v1/completions", ["max_tokens": 7, "top_p": 0.5, "prompt": "x", "model": "m"])
            ),
            (["input": ["prompt": "x"]], .job(["prompt": "x", "maxOutputTokens": 7, "topP": 0.5, "model": "m"])),
            (
                ["input": ["openai_route": "/v1/completions", "openai_input": ["prompt": "x"]]],
                .job([
                    "openai_route": "/v1/completions",
                    "openai_input": ["prompt": "x", "max_tokens": 7, "top_p": 0.5, "model": "m"],
                ])
            ),
            // A text to embed has no parameters of generation.
            (["input": "x"], .openAI("/v1/embeddings", ["input": "x", "model": "m"])),
        ] as [(JSON, InferenceRequest.Input)]
    )
    func parametersAreDefaultsAndThePathNamesTheModel(body: JSON, input: InferenceRequest.Input) throws {
        let instance = try Instance(body, defaults: ["maxOutputTokens": 7, "topP": 0.5], model: "m")
        #expect(Self.sorted(instance.input) == Self.sorted(input))
    }

    private static func sorted(_ input: InferenceRequest.Input) -> String {
        guard case .openAI(let path, let body) = input else { return "\(input)" }
        return path + body.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
    }

    @Test(
        arguments: [
            (5, "a number"), ([:], "must have one of"), (["stream": true], "must have one of"),
            (["prompt": "x", "messages": []], "both \"messages\" and \"prompt\""),
            (["prompt": .null], "must have one of"), (["inputs": ["x"]], "\"inputs\" is an array"),
            (["inputs": "x", "parameters": [1]], "\"parameters\" is an array"),
            (["prompt": "x", "stream": "true"], "\"stream\" is a string"),
            (["input": ["prompt": "x", "stream": 1]], "\"stream\" is a number"),
        ] as [(JSON, String)]
    )
    func aShapeThatSaysNothingIsRefusedWithTheReason(body: JSON, reason: String) {
        let refusal = #expect(throws: Refusal.self) { try Instance(body) }
        #expect(refusal?.status == 400)
        #expect(refusal?.message.contains(reason) == true, "\(refusal?.message ?? "")")
    }

    @Test(
        arguments: [
            (["instances": ["a", 5]], nil, "instances[1]: It is a number"),
            (["instances": ["a", ["prompt": "b", "stream": true]]], nil, "instances[1]: \"stream\" is true"),
            (["instances": ["a"], "parameters": ["stream": true]], nil, "instances[0]: \"stream\" is true"),
            (["instances": []], nil, "is empty"), (["instances": "a"], nil, "\"instances\" is a string"),
            (["instances": ["a"], "parameters": "x"], nil, "\"parameters\" is a string"),
            (["prompt": "x"], "m", "\"instances\" is missing"), ([:], nil, "must have one of"),
        ] as [(JSON.Object, String?, String)]
    )
    func aBadInstanceIsNamed(body: JSON.Object, model: String?, reason: String) {
        let refusal = #expect(throws: Refusal.self) { try Prediction(body, model: model) }
        #expect(refusal?.status == 400)
        #expect(refusal?.message.contains(reason) == true, "\(refusal?.message ?? "")")
    }

    @Test(
        arguments: [
            (.asItIs, ["choices": [["text": "a"]]], ["choices": [["text": "a"]]]),
            (.text, ["choices": [["text": "a"]]], "a"), (.text, ["response": "a"], "a"),
            (.text, ["choices": [["message": ["content": "a"]]]], "a"), (.text, ["message": ["content": "a"]], "a"),
            (.text, ["odd": 1], ["odd": 1]),
            (.generatedText(prompt: ""), ["choices": [["text": "a"]]], [["generated_text": "a"]]),
            (.generatedText(prompt: "x "), ["choices": [["text": "a"]]], [["generated_text": "x a"]]),
        ] as [(Instance.Answer, JSON, JSON)]
    )
    func whoAsksInHisWordsIsAnsweredInThem(answer: Instance.Answer, output: JSON, words: JSON) {
        #expect(answer.words(output) == words)
    }
}

/// The same over sockets, on the routes of SageMaker, Vertex AI and KServe.
@Suite(.timeLimit(.minutes(2)))
struct PredictionFaceTests {
    /// Answers a completion with its prompt in capitals.
    private static var loud: FakeService {
        FakeService { request, _ in
            guard case .openAI(_, let body) = request.input, let prompt = body["prompt"]?.string else { return [:] }
            if prompt == "bad" { throw InferenceFailure(400, "\"prompt\" is bad") }
            // The first take longest: order must not come from luck.
            try await Task.sleep(for: .milliseconds(prompt == "a" ? 60 : 5))
            return ["choices": [["text": .string(prompt.uppercased())]]]
        }
    }

    @Test func invocationsAnswerInTheShapeOfTheBody() async throws {
        try await Harness.run(serving: Self.loud) { harness async throws in
            let whole = try await harness.post("/invocations", ["prompt": "x"])
            #expect(whole.json == ["choices": [["text": "X"]]])
            #expect(whole.headers["X-Request-Id"] != nil)
            let texts = try await harness.post("/invocations", ["inputs": "x", "parameters": ["max_new_tokens": 3]])
            #expect(texts.json == [["generated_text": "X"]])
            let bad = try await harness.post("/invocations", ["inputs": "bad"])
            #expect(bad.status == 400)
            #expect(bad.json == ["error": "\"prompt\" is bad"])
        }
    }

    @Test(arguments: [["prompt": "x", "stream": true], ["input": ["prompt": "x", "stream": true]]] as [JSON])
    func invocationsStreamWhenAsked(body: JSON) async throws {
        try await Harness.run(serving: .saying([.object(["response": "a"])])) { harness async throws in
            let answer = try await harness.post("/invocations", body)
            #expect(answer.headers["Content-Type"] == "text/event-stream")
            #expect(answer.text == "data: {\"response\":\"a\"}\n\ndata: [DONE]\n\n")
        }
    }

    @Test(arguments: [
        "/invocations", "/predict/here", "/v1/models/mine:predict", "/v1/models/hf.co/org/name%3aQ4%3Apredict",
    ])
    func instancesAreAnsweredInOrder(path: String) async throws {
        let service = Self.loud
        try await Harness.run(
            serving: service,
            {
                $0.predictionsAtOnce = 2; $0.paths.predict = ["/predict/here"]
            }
        ) { harness async throws in
            let answer = try await harness.post(
                path,
                ["instances": ["a", ["prompt": "b"], ["inputs": "c"], "d"], "parameters": ["temperature": 0]]
            )
            #expect(answer.status == 200)
            #expect(
                answer.json == [
                    "predictions": ["A", ["choices": [["text": "B"]]], [["generated_text": "C"]], "D"]
                ]
            )
        }
        #expect(service.mostAtOnce == 2)
    }

    @Test func oneFailureIsTheAnswerAndNamesItsInstance() async throws {
        let service = Self.loud
        try await Harness.run(serving: service) { harness async throws in
            let answer = try await harness.post("/v1/models/mine:predict", ["instances": ["a", "bad", "b"]])
            #expect(answer.status == 400)
            #expect(answer.json == ["error": "instances[1]: \"prompt\" is bad"])
            let early = try await harness.post("/invocations", ["instances": ["a", 7]])
            #expect(early.status == 400)
            #expect(early.error.hasPrefix("instances[1]: "))
        }
        #expect(service.requests.count <= 3, "nothing ran for a body that was wrong")
    }

    @Test func anEnginesOwn429IsTheAnswerAndIsNotAskedForAgain() async throws {
        let service = FakeService { request, _ in
            guard request.id.hasSuffix("-0") else { throw InferenceFailure(429, "the quota is used up") }
            return ["n": 1]
        }
        try await Harness.run(serving: service) { harness async throws in
            let answer = try await harness.post("/v1/models/m:predict", ["instances": ["a", "b"]])
            #expect(answer.status == 429)
            #expect(answer.text.contains("instances[1]"))
        }
        #expect(service.requests.count == 2)
    }

    @Test func aPlatformsPredictPathIsTheSameAsInvocations() async throws {
        try await Harness.run(serving: .saying([.sent(1)]), { $0.paths.predict = ["/v1/endpoints/7:predict"] }) {
            harness async throws in
            let answer = try await harness.post("/v1/endpoints/7:predict", ["prompt": "x", "stream": true])
            #expect(answer.text == "data: {\"n\":1}\n\ndata: [DONE]\n\n")
            #expect(try await harness.get("/v1/endpoints/7:predict").status == 405)
        }
    }
}
