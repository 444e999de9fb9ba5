import JSON
import Jobs
import ModelStore

/// llama.cpp's server: one process, one model.
struct LlamaServerDriver: EngineDriver {
    let configuration: EngineConfiguration

    var serving: EngineMachine.Serving { .oneModel }
    var readinessPaths: [String] { ["/health"] }
    var listingPath: String? { nil }

    func canonicalName(_ name: String) -> String {
        var short = Substring(name)
        // A path stands for the file; a job can name only files that were found, so it opens no other by this.
        if let first = name.first, "/.~".contains(first) { short = name.split(separator: "/").last ?? short }
        if short.hasSuffix(".gguf") { return String(short.dropLast(5)) }
        let canonical = ModelReference.canonical(String(short))
        return canonical.hasSuffix(":latest") ? String(canonical.dropLast(7)) : canonical
    }

    func launch(program: String, port: UInt16, model: ModelFile?, plan: LoadPlan) -> Launch {
        let folder = program.split(separator: "/").dropLast().joined(separator: "/")
        var environment = configuration.environment
        let paths = ["/\(folder)", environment["LD_LIBRARY_PATH"] ?? ""].filter { !$0.isEmpty }
        environment["LD_LIBRARY_PATH"] = paths.joined(separator: ":")
        LoadEnvironment.add(plan.variables, to: &environment)
        LoadEnvironment.add(LoadEnvironment.cache(environment["OLLAMA_KV_CACHE_TYPE"]), to: &environment)
        var arguments = ["--host", "127.0.0.1", "--port", "\(port)"]
        if let model {
            arguments += ["--model", model.path, "--alias", model.name]
            if let projector = model.projector { arguments += ["--mmproj", projector] }
            for adapter in model.stored.adapters { arguments += ["--lora", adapter] }
            // With this flag it serves nothing else, so only a model that can do nothing else gets it.
            if model.isEmbeddingOnly { arguments.append("--embeddings") }
        }
        arguments += [
            "--ctx-size", "\((plan.context ?? configuration.contextLength) * configuration.slots)",
            "--parallel", "\(configuration.slots)",
            "--no-webui", "--offline",
            // 4 shows the steps of a load; the usual 3 shows only its begin and end.
            "--log-verbosity", "4",
        ]
        return Launch(arguments: arguments + configuration.arguments, environment: environment)
    }

    func verdict(status: Int, body: [UInt8]) -> EngineMachine.Probe {
        switch status {
        case 200: .ready
        case 503: .loading
        default: .silent
        }
    }

    func loadRequests(for model: String) -> [EngineRequest] { [] }

    func warmUpRequest(for model: LoadedModel) -> EngineRequest? {
        guard !model.isEmbeddingOnly else { return nil }
        let body: JSON.Object = ["prompt": "a", "n_predict": 1, "stream": false]
        return EngineRequest(path: "/completion", body: body, decoding: .whole)
    }

    func request(for call: EngineCall, model: LoadedModel) throws(EngineFailure) -> EngineRequest {
        try OpenAITranslation(dialect: .llamaServer, model: model).request(for: call)
    }

    func failure(status: Int, body: [UInt8]) -> EngineFailure {
        let message = EngineFailure.message(in: body)
        guard status != 501 else {
            let hint = "This model does not make embeddings with llama-server (\(message)): use an embedding model."
            return EngineFailure(.refused(status: 501), hint)
        }
        return EngineFailure(.refused(status: status), message)
    }
}
