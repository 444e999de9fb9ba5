import JSON
import Jobs

/// Ollama's native calls in the language of OpenAI's routes, and of llama-server's own `/completion`.
struct OpenAITranslation: Sendable {
    /// What the server understands beyond OpenAI's fields.
    enum Dialect: Sendable, Hashable {
        /// Sampler options by Ollama's names, progress of the prefill, completion without a template.
        case llamaServer
        /// OpenAI's fields, and the few that vLLM and SGLang share.
        case standard
    }

    let dialect: Dialect
    let model: LoadedModel

    func request(for call: EngineCall) throws(EngineFailure) -> EngineRequest {
        switch call.route {
        case .generate: return try generate(call.body ?? [:])
        case .chat: return try chat(call.body ?? [:])
        case .embed: return try embed(call.body ?? [:], input: "input", shape: .many)
        case .embeddings: return try embed(call.body ?? [:], input: "prompt", shape: .one)
        case .openAI(let path): return relay(path, call.body)
        }
    }

    // MARK: Native routes

    private func generate(_ body: JSON.Object) throws(EngineFailure) -> EngineRequest {
        for field in ["suffix", "template", "context"] where isGiven(body[field]) {
            throw EngineFailure(.refused(status: 400), "`\(field)` is only understood by Ollama, not by this engine.")
        }
        let isRaw = body["raw"]?.bool == true || !model.hasChatTemplate
        guard !isRaw || body["prompt"]?.string?.isEmpty != false else { return try completion(body) }
        var messages: [JSON] = []
        if let system = body["system"]?.string ?? model.defaults.system, !system.isEmpty {
            messages.append(["role": "system", "content": .string(system)])
        }
        messages += model.defaults.messages
        var user: JSON.Object = ["role": "user", "content": body["prompt"] ?? ""]
        if let images = body["images"] { user["images"] = images }
        messages.append(.object(user))
        return try chat(body, messages: messages, shape: .generate)
    }

    private func chat(_ body: JSON.Object) throws(EngineFailure) -> EngineRequest {
        guard let messages = body["messages"]?.array else {
            throw EngineFailure(.refused(status: 400), "`messages` is missing or not an array.")
        }
        return try chat(body, messages: model.defaults.messages(messages), shape: .chat)
    }

    private func chat(
        _ body: JSON.Object,
        messages: [JSON],
        shape: NativeShape
    ) throws(EngineFailure) -> EngineRequest {
        var out: JSON.Object = ["model": .string(model.name)]
        out["messages"] = .array(try ChatMessages.translate(messages))
        out["stream"] = true
        out["stream_options"] = ["include_usage": true]
        if let tools = body["tools"], tools.array?.isEmpty == false { out["tools"] = tools }
        SamplerOptions(dialect: dialect, model.defaults.options(body["options"])).add(
            to: &out,
            tokenLimit: "max_tokens"
        )
        if let format = body["format"], isGiven(format) { out["response_format"] = responseFormat(format) }
        if let think = body["think"] { add(think: think, to: &out) }
        if body["logprobs"]?.bool == true {
            out["logprobs"] = true
            if let count = body["top_logprobs"] { out["top_logprobs"] = count }
        }
        if dialect == .llamaServer { out["return_progress"] = true }
        let answer = NativeStream(shape: shape, model: model.name, isJoined: body["stream"]?.bool == false)
        return EngineRequest(path: "/v1/chat/completions", body: out, decoding: .chat(answer))
    }

    /// A prompt as it is, without the model's template.
    private func completion(_ body: JSON.Object) throws(EngineFailure) -> EngineRequest {
        let prompt = try plainPrompt(body)
        let answer = NativeStream(shape: .generate, model: model.name, isJoined: body["stream"]?.bool == false)
        var out: JSON.Object = [:]
        out["prompt"] = prompt
        out["stream"] = true
        let format = body["format"]
        guard dialect == .llamaServer else {
            out["model"] = .string(model.name)
            out["stream_options"] = ["include_usage": true]
            SamplerOptions(dialect: dialect, model.defaults.options(body["options"])).add(
                to: &out,
                tokenLimit: "max_tokens"
            )
            if let format, isGiven(format) { out["response_format"] = responseFormat(format) }
            return EngineRequest(path: "/v1/completions", body: out, decoding: .chat(answer))
        }
        SamplerOptions(dialect: dialect, model.defaults.options(body["options"])).add(to: &out, tokenLimit: "n_predict")
        if let format, isGiven(format) { out["json_schema"] = format.object.map { .object($0) } ?? [:] }
        if body["logprobs"]?.bool == true { out["n_probs"] = .number(.init(max(1, body["top_logprobs"]?.int ?? 1))) }
        out["return_progress"] = true
        return EngineRequest(path: "/completion", body: out, decoding: .completion(answer))
    }

    /// What has no place in a plain prompt is refused rather than dropped.
    private func plainPrompt(_ body: JSON.Object) throws(EngineFailure) -> JSON {
        let isRaw = body["raw"]?.bool == true
        let reason = isRaw ? "goes without a template (`raw`)" : "has no chat template"
        for field in isRaw ? ["images", "think", "system"] : ["images", "think"] where isGiven(body[field]) {
            // Nobody thinks in a plain completion, so that wish is granted.
            if field == "think", body[field]?.bool == false { continue }
            let subject = isRaw ? "this prompt" : "the model \(model.name)"
            throw EngineFailure(.refused(status: 400), "`\(field)` cannot be used: \(subject) \(reason).")
        }
        let prompt = body["prompt"] ?? ""
        let given = isRaw ? nil : body["system"]?.string ?? model.defaults.system
        guard let system = given, !system.isEmpty else { return prompt }
        return .string("\(system)\n\n\(prompt.string ?? "")")
    }

    private func embed(
        _ body: JSON.Object,
        input: String,
        shape: EmbeddingShape
    ) throws(EngineFailure) -> EngineRequest {
        guard let input = body[input] else {
            throw EngineFailure(.refused(status: 400), "`\(input)` is missing.")
        }
        var out: JSON.Object = ["model": .string(model.name), "input": input, "encoding_format": "float"]
        if let dimensions = body["dimensions"] { out["dimensions"] = dimensions }
        return EngineRequest(path: "/v1/embeddings", body: out, decoding: .embeddings(shape, model: model.name))
    }

    // MARK: OpenAI's routes

    private func relay(_ path: String, _ body: JSON.Object?) -> EngineRequest {
        guard var body else {
            let isListing = dialect == .llamaServer && path.hasSuffix("/models")
            let decoding = isListing ? Decoding.listing : .relay(ending: .endOfBody, hidesProgress: false)
            return EngineRequest(method: "GET", path: path, decoding: decoding)
        }
        if body["model"]?.string?.isEmpty != false { body["model"] = .string(model.name) }
        addDefaults(to: &body, path: path)
        let ending = StreamEnding.of(path: path)
        // Progress is asked for to see a sign of life in a long prefill; a client that did not ask never sees it.
        let asks =
            dialect == .llamaServer && ending == .doneMarker && body["stream"]?.bool == true
            && body["return_progress"] == nil
        if asks { body["return_progress"] = true }
        return EngineRequest(path: path, body: body, decoding: .relay(ending: ending, hidesProgress: asks))
    }

    /// Ollama applies a model's own parameters and system prompt on these routes, too.
    private func addDefaults(to body: inout JSON.Object, path: String) {
        guard dialect == .llamaServer, model.defaults != ModelDefaults() else { return }
        if path.hasSuffix("/chat/completions"), let messages = body["messages"]?.array {
            body["messages"] = .array(model.defaults.messages(messages))
        }
        var options: JSON.Object = [:]
        SamplerOptions(dialect: dialect, model.defaults.options).add(to: &options, tokenLimit: "max_tokens")
        // Only what the manifest says: a server's own defaults are its own matter on its own routes.
        for (name, value) in options where body[name] == nil && model.defaults.options[name] != nil {
            body[name] = value
        }
    }

    // MARK: Fields

    private func isGiven(_ value: JSON?) -> Bool {
        guard let value, !value.isNull else { return false }
        return value.string != "" && value.array?.isEmpty != true
    }

    private func responseFormat(_ format: JSON) -> JSON {
        guard format.object != nil else { return ["type": "json_object"] }
        return ["type": "json_schema", "json_schema": ["name": "answer", "strict": true, "schema": format]]
    }

    private func add(think: JSON, to body: inout JSON.Object) {
        if let isOn = think.bool {
            body["chat_template_kwargs"] = ["enable_thinking": .bool(isOn)]
        } else if let effort = think.string, !effort.isEmpty {
            body["reasoning_effort"] = .string(effort)
            body["chat_template_kwargs"] = ["enable_thinking": true, "reasoning_effort": .string(effort)]
        }
    }
}
