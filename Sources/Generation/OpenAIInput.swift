internal import JSON
internal import Jobs

/// A request to one of the OpenAI routes: `{"openai_route": "/v1/chat/completions", "openai_input": {…}}`.
struct OpenAIInput {
    /// The whole job input.
    let input: JSON.Object
    let policy: GenerationPolicy
    /// Where the body stands, for the errors: of a request to our own port at the top.
    var prefix = "openai_input."

    /// The request; nil for the list of models, which is the same for every job.
    func generation() throws(InputError) -> Generation? {
        try OpenAIFields.envelope.check(input)
        let route = try OpenAIRoute(naming: input["openai_route"]?.string ?? "")
        guard route != .models else { return nil }
        guard let body = input.present("openai_input")?.object else {
            throw InputError(missing: "openai_input", mustBe: "an object, the body of the request to \(route.path)")
        }
        try OpenAIFields.check(body, of: route, policy, prefix: prefix)
        return try make(route, body)
    }

    private func make(_ route: OpenAIRoute, _ fields: JSON.Object) throws(InputError) -> Generation {
        let streams = route.isGenerating && fields["stream"]?.bool ?? false
        var body = fields
        var notes: JSON.Object = [:]
        if let limit = route.limitField {
            notes = cap(&body, writing: limit)
            body["stream"] = true
        }
        // A stream that is relayed stays as the client ordered it: no usage event that it did not ask for, and then no
        // `usage` in the final result either. One that is merged here has to have the counts.
        if route.hasStreamOptions, !streams {
            var options = body["stream_options"]?.object ?? [:]
            options["include_usage"] = true
            body["stream_options"] = .object(options)
        }
        if !policy.allowsKeepAlive { body["keep_alive"] = nil }
        var walk = MediaWalk(MediaCheck(policy, isNative: false), prefix: prefix)
        body = try walk.rewrite(body) ?? body
        return Generation(
            model: policy.model(fields.model),
            streams: streams,
            includesTimings: input.includesTimings,
            notes: notes,
            attachments: walk.visitor.references,
            mediaCount: walk.visitor.count,
            route: .openAI(route.path),
            body: body
        )
    }

    /// Bounds every limit that is stated, under whatever name, and states one under the name that all engines read:
    /// Ollama does not know `max_completion_tokens`, and llama-server lets `n_predict` win over the others.
    private func cap(_ body: inout JSON.Object, writing field: String) -> JSON.Object {
        let stated = OpenAIFields.limits.filter { body.present($0) != nil }
        let cap = TokenCap(asked: stated.compactMap { body[$0]?.int }, cap: policy.tokenCap)
        for name in stated { body[name] = JSON(cap.limit) }
        body[field] = JSON(cap.limit)
        return cap.notes
    }
}

/// The OpenAI routes that an engine may have.
enum OpenAIRoute: String, CaseIterable {
    case chat = "chat/completions"
    case completions
    case embeddings
    case models
    case responses

    /// Finds a route by its path, with or without the leading `/v1`.
    init(naming path: String) throws(InputError) {
        let parts = path.split(separator: "/")
        let name = parts.dropFirst(parts.first == "v1" ? 1 : 0).joined(separator: "/")
        guard let route = OpenAIRoute(rawValue: name) else {
            let known = alternatives(Self.allCases.map(\.path))
            throw InputError(value: .string(path), at: "openai_route", mustBe: known)
        }
        self = route
    }

    var path: String { "/v1/\(rawValue)" }

    var isGenerating: Bool { limitField != nil }

    /// The limit that every engine with this route reads.
    var limitField: String? {
        switch self {
        case .chat, .completions: "max_tokens"
        case .responses: "max_output_tokens"
        case .embeddings, .models: nil
        }
    }

    var hasStreamOptions: Bool { self == .chat || self == .completions }
}
