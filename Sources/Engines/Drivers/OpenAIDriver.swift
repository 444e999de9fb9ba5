import JSON
import Jobs

/// Any server with OpenAI's routes under `/v1`: vLLM, SGLang, TGI and others.
struct OpenAIDriver: EngineDriver {
    let configuration: EngineConfiguration

    var serving: EngineMachine.Serving { .manyModels }
    var readinessPaths: [String] { configuration.healthPath.map { [$0] } ?? ["/health", "/v1/models"] }
    var listingPath: String? { "/v1/models" }

    func launch(program: String, port: UInt16, model: ModelFile?, plan: LoadPlan) -> Launch {
        // The command is the user's: only where the address goes is ours to fill in.
        let arguments = configuration.arguments.map { $0.replacing("{port}", with: "\(port)") }
        return Launch(arguments: arguments, environment: configuration.environment)
    }

    func verdict(status: Int, body: [UInt8]) -> EngineMachine.Probe {
        (200..<300).contains(status) ? .ready : .silent
    }

    // It has its model in memory, or loads it with the first request, which is the warm-up.
    func loadRequests(for model: String) -> [EngineRequest] { [] }

    func warmUpRequest(for model: LoadedModel) -> EngineRequest? {
        let body: JSON.Object = ["model": .string(model.name), "prompt": "a", "max_tokens": 1]
        return EngineRequest(path: "/v1/completions", body: body, decoding: .whole)
    }

    func request(for call: EngineCall, model: LoadedModel) throws(EngineFailure) -> EngineRequest {
        try OpenAITranslation(dialect: .standard, model: model).request(for: call)
    }

    func failure(status: Int, body: [UInt8]) -> EngineFailure {
        let message = EngineFailure.message(in: body)
        // A route that is not there is often told in JSON too, as `{"detail":"Not Found"}`.
        let parsed = try? JSON(parsing: body)
        let isError = parsed?["error"] != nil || parsed?["object"] == "error"
        if status == 404, isError { return EngineFailure(.unknownModel, message) }
        return EngineFailure(.refused(status: status), message)
    }
}
