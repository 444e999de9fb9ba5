import JSON
import Jobs
import ModelStore

/// `ollama serve`.
struct OllamaDriver: EngineDriver {
    let configuration: EngineConfiguration

    var serving: EngineMachine.Serving { .manyModels }
    // A connection is accepted before the discovery of GPUs and answered after it: only a 200 says ready.
    var readinessPaths: [String] { ["/api/version"] }
    var listingPath: String? { "/api/tags" }
    var residencePath: String? { "/api/ps" }

    func canonicalName(_ name: String) -> String { ModelReference.canonical(name) }

    func launch(program: String, port: UInt16, model: ModelFile?, plan: LoadPlan) -> Launch {
        var environment = configuration.environment
        let defaults = [
            // Left alone it depends on the GPU's memory, and with it the load time and the memory.
            "OLLAMA_CONTEXT_LENGTH": String(configuration.contextLength),
            // A start would delete blobs that no manifest names, from a volume that others may be filling.
            "OLLAMA_NOPRUNE": "1",
            // It would call home at the start and every four hours.
            "OLLAMA_NO_CLOUD": "1",
            "OLLAMA_KEEP_ALIVE": "-1",
        ]
        for (name, value) in defaults where environment[name]?.isEmpty != false { environment[name] = value }
        // A smaller context than the user asked for is one that fits.
        if let context = plan.context { environment["OLLAMA_CONTEXT_LENGTH"] = String(context) }
        environment["OLLAMA_NUM_PARALLEL"] = String(configuration.slots)
        environment["OLLAMA_HOST"] = "127.0.0.1:\(port)"
        // Names of models to warm are ours to understand; Ollama would make a folder of that name.
        environment["OLLAMA_MODELS"] = environment["OLLAMA_MODELS"].flatMap(StoreSearch.folder(inOllamaModels:))
            .map { FileSystem.expand($0, home: environment["HOME"]) }
        if let store = plan.store { environment["OLLAMA_MODELS"] = store }
        LoadEnvironment.add(plan.variables, to: &environment)
        if environment["HOME"]?.isEmpty != false { environment["HOME"] = configuration.stateFolder }
        return Launch(arguments: ["serve"] + configuration.arguments, environment: environment)
    }

    func verdict(status: Int, body: [UInt8]) -> EngineMachine.Probe {
        let isOllama = (try? JSON(parsing: body))?["version"]?.string != nil
        return status == 200 && isOllama ? .ready : .silent
    }

    func loadRequests(for model: String) -> [EngineRequest] {
        let load: JSON.Object = ["model": .string(model), "prompt": "", "keep_alive": -1, "stream": false]
        let embed: JSON.Object = ["model": .string(model), "input": "a", "keep_alive": -1]
        return [
            EngineRequest(path: "/api/generate", body: load, decoding: .whole),
            // An embedding model refuses to generate (400), and so does one whose file is missing.
            EngineRequest(path: "/api/embed", body: embed, decoding: .whole),
        ]
    }

    func warmUpRequest(for model: LoadedModel) -> EngineRequest? {
        guard !model.isEmbeddingOnly else { return nil }
        let body: JSON.Object = [
            "model": .string(model.name), "prompt": "a", "raw": true, "stream": true, "keep_alive": -1,
            // 0 would mean without limit.
            "options": ["num_predict": 1],
        ]
        return EngineRequest(path: "/api/generate", body: body, decoding: .nativeStream)
    }

    func unloadRequest(for model: String) -> EngineRequest? {
        let body: JSON.Object = ["model": .string(model), "prompt": "", "keep_alive": 0, "stream": false]
        return EngineRequest(path: "/api/generate", body: body, decoding: .whole)
    }

    func request(for call: EngineCall, model: LoadedModel) throws(EngineFailure) -> EngineRequest {
        var body = call.body
        if body != nil, body?["model"]?.string?.isEmpty != false { body?["model"] = .string(model.name) }
        switch call.route {
        case .generate: return EngineRequest(path: "/api/generate", body: body, decoding: .nativeStream)
        case .chat: return EngineRequest(path: "/api/chat", body: body, decoding: .nativeStream)
        case .embed: return EngineRequest(path: "/api/embed", body: body, decoding: .whole)
        case .embeddings: return EngineRequest(path: "/api/embeddings", body: body, decoding: .whole)
        case .openAI(let path):
            let method = body == nil ? "GET" : "POST"
            let decoding = Decoding.relay(ending: .of(path: path), hidesProgress: false)
            return EngineRequest(method: method, path: path, body: body, decoding: decoding)
        }
    }

    func failure(status: Int, body: [UInt8]) -> EngineFailure {
        let message = EngineFailure.message(in: body)
        if Self.saysDied(message) { return EngineFailure(.died, "The model's runner died: \(message)") }
        // Four spellings of "not found" exist, and routes that are not there answer 404 too, in plain text.
        let isJSON = (try? JSON(parsing: body)) != nil
        if status == 404, isJSON { return EngineFailure(.unknownModel, message) }
        return EngineFailure(.refused(status: status), message)
    }

    /// Whether an error's text speaks of a dead runner. A bare "unexpected EOF" is a damaged manifest.
    static func saysDied(_ message: String) -> Bool {
        let signs = [
            "an error was encountered while running the model", "process has terminated", "process no longer running",
        ]
        if signs.contains(where: message.contains) { return true }
        return message.hasSuffix("EOF") && message != "EOF" && message != "unexpected EOF"
    }
}
