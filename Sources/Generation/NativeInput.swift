internal import JSON
internal import Jobs

/// The inputs in Ollama's own shape: `prompt`, `messages`, `embed`, and the named methods.
///
/// Fields travel as they came, in their order and with their numbers' text, save for what the policy governs.
struct NativeInput {
    let fields: JSON.Object
    let policy: GenerationPolicy
    /// Where the fields stand in the job's input, for the errors: empty or `input.`.
    var prefix = ""

    func generate() throws(InputError) -> Generation {
        try NativeFields.generate.check(fields, prefix: prefix)
        guard fields.present("prompt") != nil else { throw missing("prompt", "a string") }
        return try generation(.generate)
    }

    func chat() throws(InputError) -> Generation {
        try NativeFields.chat.check(fields, prefix: prefix)
        guard let messages = fields.present("messages") else { throw missing("messages", "an array of objects") }
        try NativeFields.check(messages: messages.array ?? [], at: prefix + "messages")
        return try generation(.chat)
    }

    func embed() throws(InputError) -> Generation {
        try NativeFields.embed.check(fields, prefix: prefix)
        guard let input = fields.present("input") else { throw missing("input", "a string or an array of strings") }
        try OpenAIFields.check(count: input, atMost: policy.maximumTexts, at: prefix + "input")
        return try embedding(.embed)
    }

    func embeddings() throws(InputError) -> Generation {
        try NativeFields.embeddings.check(fields, prefix: prefix)
        guard fields.present("prompt") != nil else { throw missing("prompt", "a string") }
        return try embedding(.embeddings)
    }

    private func missing(_ field: String, _ expected: String) -> InputError {
        InputError(missing: prefix + field, mustBe: expected)
    }
}

extension NativeInput {
    private func generation(_ route: EngineCall.Route) throws(InputError) -> Generation {
        var options = try options()
        let asked = [options.present("num_predict")?.int, fields.present("max_tokens")?.int].compactMap(\.self)
        let cap = TokenCap(asked: asked, cap: policy.tokenCap)
        options["num_predict"] = JSON(cap.limit)
        var body = body()
        body["options"] = .object(options)
        body["stream"] = true
        return try make(route, body, streams: fields["stream"]?.bool ?? false, notes: cap.notes)
    }

    private func embedding(_ route: EngineCall.Route) throws(InputError) -> Generation {
        let options = try options()
        var body = body()
        if body["options"] != nil { body["options"] = .object(options) }
        body["stream"] = nil
        return try make(route, body, streams: false, notes: [:])
    }

    private func make(
        _ route: EngineCall.Route,
        _ body: JSON.Object,
        streams: Bool,
        notes: JSON.Object
    ) throws(InputError) -> Generation {
        var walk = MediaWalk(MediaCheck(policy, isNative: true), prefix: prefix)
        let body = try walk.rewrite(body) ?? body
        return Generation(
            model: policy.model(fields.model),
            context: fields["options"]?.object?.present("num_ctx")?.int,
            streams: streams,
            includesTimings: fields.includesTimings,
            notes: notes,
            attachments: walk.visitor.references,
            mediaCount: walk.visitor.count,
            route: route,
            body: body
        )
    }

    /// What goes to the engine but for `options` and `stream`.
    private func body() -> JSON.Object {
        var body = fields
        for key in NativeFields.ours { body[key] = nil }
        if !policy.allowsKeepAlive || body.present("keep_alive") == nil { body["keep_alive"] = -1 }
        return body
    }

    /// The options within the pinned context.
    ///
    /// A `num_ctx` other than the loaded runner's makes Ollama load the model anew, and the next request without it
    /// once more. So none is passed on: a smaller context is served with the pinned one, a larger one is refused. None
    /// rather than the pinned one, because the OpenAI routes cannot carry it, and then the two would take turns.
    private func options() throws(InputError) -> JSON.Object {
        var options = fields["options"]?.object ?? [:]
        try NativeFields.options.check(options, prefix: prefix + "options.")
        guard let pinned = policy.pinnedContext else { return options }
        if let context = options.present("num_ctx")?.int, context > pinned {
            let field = "\(prefix)options.num_ctx"
            let limit = "at most \(pinned), the context this worker's model is loaded with"
            throw InputError("\"\(field)\" must be \(limit), but it is \(context)", at: field)
        }
        options["num_ctx"] = nil
        return options
    }
}

extension JSON.Object {
    /// The model named here. An empty name is none.
    var model: String? {
        guard let model = self["model"]?.string, !model.isEmpty else { return nil }
        return model
    }

    /// Whether `include` asks for the worker's timings.
    var includesTimings: Bool {
        self["include"]?.array?.contains("timings") ?? false
    }
}
