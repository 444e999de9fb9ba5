import JSON
import Jobs
import LocalQueue
import Testing

@testable import Gateway

/// The second version of KServe's protocol.
@Suite(.timeLimit(.minutes(2)))
struct OpenInferenceTests {
    private static func tensor(_ data: JSON, shape: JSON? = nil, type: String? = "BYTES") -> JSON {
        var tensor: JSON.Object = ["name": "prompt"]
        tensor["shape"] = shape
        tensor["datatype"] = type.map(JSON.string)
        tensor["data"] = data
        return .object(tensor)
    }

    @Test(
        arguments: [
            (tensor(["a", "b"], shape: [2]), ["a", "b"], [2]), (tensor(["a"], type: nil), ["a"], [1]),
            (tensor([["a"], ["b"]], shape: [2, 1]), ["a", "b"], [2, 1]),
            (tensor([["a", "b"], ["c", "d"]], shape: [2, 2]), ["a", "b", "c", "d"], [2, 2]),
        ] as [(JSON, [String], [JSON])]
    )
    func aTensorOfTextsIsAListOfPrompts(tensor: JSON, prompts: [String], shape: [JSON]) throws {
        let body: JSON.Object = ["inputs": [tensor], "parameters": ["max_new_tokens": 4]]
        let request = try InferRequest(body, model: "m")
        let inputs = prompts.map {
            InferenceRequest.Input.openAI("/v1/completions", ["prompt": .string($0), "max_tokens": 4, "model": "m"])
        }
        #expect(request.prompts.map(\.input) == inputs)
        #expect(request.shape == shape)
    }

    @Test(
        arguments: [
            ([:], "\"inputs\" must be"), (["inputs": []], "\"inputs\" must be"),
            (["inputs": "x"], "\"inputs\" must be"),
            (["inputs": [tensor(["a"]), tensor(["b"])]], "2 tensors"),
            (["inputs": [tensor([1.5], type: "FP32")]], "\"FP32\""), (["inputs": [tensor([1])]], "a number in it"),
            (["inputs": [tensor([])]], "array of texts"), (["inputs": [tensor(.null)]], "array of texts"),
            (["inputs": [5]], "array of texts"), (["inputs": [tensor(["a"], shape: [2])]], "[2], but there are 1"),
            (["inputs": [tensor(["a"], shape: [-1])]], "[-1]"),
            (["inputs": [tensor(["a"], shape: [4_611_686_018_427_387_904, 4])]], "but there are 1"),
            (["inputs": [tensor(["a"])], "parameters": []], "\"parameters\" is an array"),
            (["inputs": [tensor(["a"])], "parameters": ["stream": true]], "inputs[0].data[0]: \"stream\" is true"),
        ] as [(JSON.Object, String)]
    )
    func whatIsNoSuchTensorIsRefusedWithTheReason(body: JSON.Object, reason: String) {
        let refusal = #expect(throws: Refusal.self) { try InferRequest(body, model: "m") }
        #expect(refusal?.status == 400)
        #expect(refusal?.message.contains(reason) == true, "\(refusal?.message ?? "")")
    }

    @Test(arguments: ["mine", "hf.co/org/name:Q4", "hf.co%2Forg%2Fname%3AQ4"])
    func promptsAreAnsweredByATensorOfTheirShape(name: String) async throws {
        let service = FakeService { request, _ in
            guard case .openAI(_, let body) = request.input else { return [:] }
            return ["choices": [["text": .string((body["prompt"]?.string ?? "") + "!")]]]
        }
        try await Harness.run(serving: service) { harness async throws in
            let body: JSON = ["id": "7", "inputs": [Self.tensor([["a"], ["b"]], shape: [2, 1])]]
            let answer = try await harness.post("/v2/models/\(name)/infer", body)
            let plain = name.contains("%") ? "hf.co/org/name:Q4" : name
            #expect(
                answer.json == [
                    "model_name": .string(plain), "id": "7",
                    "outputs": [
                        ["name": "text_output", "datatype": "BYTES", "shape": [2, 1], "data": ["a!", "b!"]]
                    ],
                ]
            )
            let named: JSON = ["inputs": [Self.tensor(["a"])], "outputs": [["name": "answer"]]]
            #expect(try await harness.post("/v2/models/\(name)/infer", named).json["outputs"]?[0]?["name"] == "answer")
        }
    }

    @Test func modelsSayWhetherTheyAreThereAndReady() async throws {
        let service = FakeService()
        try await Harness.run(serving: service) { harness async throws in
            #expect(try await harness.get("/v2").json["name"] == "kindling")
            let model = try await harness.get("/v2/models/hf.co/org/name:Q4").json
            #expect(model["name"] == "hf.co/org/name:Q4")
            #expect(model["inputs"]?[0]?["datatype"] == "BYTES")
            #expect(try await harness.get("/v2/models/mine/ready").json == ["name": "mine", "ready": true])
            service.set(.starting)
            let loading = try await harness.get("/v2/models/mine/ready")
            #expect(loading.status == 503)
            #expect(loading.json == ["name": "mine", "ready": false])
            for path in ["/v2/models/nosuch", "/v2/models/nosuch/ready"] {
                let unknown = try await harness.get(path)
                #expect(unknown.status == 404)
                #expect(unknown.json == ["error": "model 'nosuch' not found"])
            }
        }
    }

    @Test func bytesBesideTheJSONAreRefused() async throws {
        try await Harness.run(serving: FakeService()) { harness async throws in
            let answer = try await harness.send(
                "POST",
                "/v2/models/mine/infer",
                Array("{}xx".utf8),
                headers: [(name: "Inference-Header-Content-Length", value: "2")]
            )
            #expect(answer.status == 400)
            #expect(answer.error.contains("Binary tensors"))
        }
    }

    @Test func theFirstFailureNamesItsPrompt() async throws {
        try await Harness.run(serving: .failing(InferenceFailure(429, "full", retryAfter: 2))) { harness async throws in
            let answer = try await harness.post("/v2/models/mine/infer", ["inputs": [Self.tensor(["a"])]])
            #expect(answer.status == 429)
            #expect(answer.headers["Retry-After"] == "2")
            #expect(answer.json == ["error": "inputs[0].data[0]: full"])
        }
    }
}
