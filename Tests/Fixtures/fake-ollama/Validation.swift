import JSON

/// What is wrong with a request, in the order and the words of the recorded program.
extension InferenceRequest {
    /// Reads a body; throws what a client gets for one that cannot be read.
    init(route: InferenceRoute, text: String) throws(Refusal) {
        self.route = route
        self.text = text
        guard !text.isEmpty else { throw Refusal(400, route.isOpenAI ? "EOF" : "missing request body", isEarly: true) }
        do {
            body = try JSON(parsing: text)
        } catch {
            throw Refusal(400, InferenceRequest.syntaxError(in: text), isEarly: true)
        }
        try checkTypes()
        if route.isOpenAI, body["messages"] != nil || route == .chatCompletions,
            body["messages"]?.array?.isEmpty ?? true
        {
            throw Refusal(400, "[] is too short - 'messages'", isEarly: true)
        }
    }

    /// Throws unless there is such a model and it can do what is asked.
    func check(models: [Model]) throws(Refusal) -> Model {
        if model.isEmpty, route == .chat { throw Refusal(400, "model is required") }
        guard Model.isValid(model) else { throw Refusal(400, "invalid model name") }
        guard let found = models.first(where: { $0.name == Model.full(model) }) else { throw unknownModel }
        if route == .embed, let input = body["input"], !input.isNull, input.string == nil, input.array == nil {
            throw Refusal(400, "invalid input type")
        }
        try checkAbilities(of: found)
        try checkOptions()
        return found
    }

    /// Throws what only the runner finds, once the model is loaded.
    func checkAtRunner(model: Model, context: Int) throws(Refusal) {
        if route.isEmbedding {
            guard model.isEmbedding else {
                let status = route == .embeddings ? 500 : 501
                throw Refusal(status, "This server does not support embeddings. Start it with `--embeddings`")
            }
            return
        }
        if let format = body["format"], let text = format.string, text != "json", !text.isEmpty {
            let quoted = goString(goString(text))
            throw Refusal(500, "invalid format: \(quoted); expected \"json\" or a valid JSON Schema object")
        }
        if body["images"]?.array?.isEmpty == false {
            throw runnerRefusal("Multimodal data provided, but model does not support multimodal requests.")
        }
        let mayCut = route == .generate && body["truncate"]?.bool ?? true
        if promptTokens > context, !mayCut {
            let sizes = ("(\(promptTokens) tokens)", "(\(context) tokens)")
            let message = "request \(sizes.0) exceeds the available context size \(sizes.1), try increasing it"
            throw runnerRefusal(
                message,
                type: "exceed_context_size_error",
                rest: ",\"n_prompt_tokens\":\(promptTokens),\"n_ctx\":\(context)"
            )
        }
    }

    /// The runner's JSON stands as text in the server's JSON.
    private func runnerRefusal(_ message: String, type: String = "invalid_request_error", rest: String = "") -> Refusal
    {
        Refusal(400, "{\"error\":{\"code\":400,\"message\":\(goString(message)),\"type\":\"\(type)\"\(rest)}}")
    }

    private var unknownModel: Refusal {
        route.isEmbedding
            ? Refusal(404, "model \"\(model)\" not found, try pulling it first")
            : Refusal(404, "model '\(model)' not found")
    }

    private func checkAbilities(of found: Model) throws(Refusal) {
        guard !route.isEmbedding else { return }
        let fullName = "registry.ollama.ai/library/\(found.name)"
        if found.isEmbedding { throw Refusal(400, "\"\(model)\" does not support \(route.capability)") }
        if let suffix = body["suffix"]?.string, !suffix.isEmpty, !isLoadOnly {
            throw Refusal(400, "\(fullName) does not support insert")
        }
        if let tools = body["tools"]?.array, !tools.isEmpty, !found.hasTools {
            throw Refusal(400, "\(fullName) does not support tools")
        }
        if let think = body["think"], think.bool ?? !think.isNull, !found.thinks {
            throw Refusal(400, "\"\(model)\" does not support thinking")
        }
    }

    private func checkOptions() throws(Refusal) {
        for name in ["num_predict", "num_ctx", "seed", "top_k", "num_keep"] {
            if let value = body["options"]?[name], !value.isNull, value.int == nil {
                throw Refusal(500, "option \"\(name)\" must be of type integer")
            }
        }
        for name in ["temperature", "top_p", "min_p"] {
            if let value = body["options"]?[name], !value.isNull, value.double == nil {
                throw Refusal(500, "option \"\(name)\" must be of type float32")
            }
        }
    }

    private func checkTypes() throws(Refusal) {
        try check("model", is: "string") { $0.string != nil }
        try check("prompt", is: "string") { $0.string != nil }
        try check("messages", is: "[]api.Message") { $0.array != nil }
        try check("stream", is: "bool") { $0.bool != nil }
        try check("max_tokens", is: "int") { $0.int != nil }
        if let keepAlive, !route.isOpenAI, Times.parseGoDuration(keepAlive) == nil {
            throw Refusal(400, "time: invalid duration \(goString(keepAlive))")
        }
    }

    private func check(_ member: String, is type: String, _ isRight: (JSON) -> Bool) throws(Refusal) {
        guard let value = body[member], !value.isNull, !isRight(value) else { return }
        // /v1/completions takes a list of prompts.
        if route.isOpenAI, member == "prompt", value.array != nil { return }
        let found = value.typeName.split(separator: " ").last.map(String.init) ?? ""
        let kind = found == "boolean" ? "bool" : found
        let field = "\(route.structName).\(member)"
        throw Refusal(
            400,
            "json: cannot unmarshal \(kind) into Go struct field \(field) of type \(type)",
            isEarly: true
        )
    }

    /// Good enough for the recorded mistakes: a text that stops short, and one that goes wrong at its first member.
    static func syntaxError(in text: String) -> String {
        if text.hasPrefix("{"), let second = text.dropFirst().first(where: { !$0.isWhitespace }), second != "\"" {
            return "invalid character '\(second)' looking for beginning of object key string"
        }
        if text.hasPrefix("{") || text.hasPrefix("[") { return "unexpected EOF" }
        return "invalid character '\(text.first ?? " ")' looking for beginning of value"
    }
}
