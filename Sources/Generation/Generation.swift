public import JSON
public import Jobs

/// One request to the engine, checked and within the operator's limits, and what to make of its answer.
public struct Generation: Sendable, Hashable {
    /// The model that the job names. Nil: the worker's own.
    public let model: String?
    /// The context that the job counts on, by its `num_ctx`. Nil: whatever the worker has.
    public var context: Int?
    /// Whether the client wants the answer in chunks. The engine streams anyway, so that its progress can be seen.
    public let streams: Bool
    /// Whether the answer shall carry the worker's timings.
    public let includesTimings: Bool
    /// What the worker changed in the request, for the answer's `kindling` member: `{"token_cap": 4096}`.
    public let notes: JSON.Object

    /// The URLs that stand where pictures should: to be fetched and handed to ``resolving(_:)`` before the engine is
    /// called.
    public internal(set) var attachments: [AttachmentReference]
    /// Pictures and other media, those behind URLs included.
    let mediaCount: Int

    let route: EngineCall.Route
    var body: JSON.Object

    /// Whether the request is one of Ollama's own.
    var isNative: Bool {
        if case .openAI = route { false } else { true }
    }

    /// The form in which the engine's answer comes, and in which the client gets it.
    public var shape: AnswerShape { AnswerShape(of: route) }

    /// The request, once it is known which model shall answer it. URLs that were not resolved are left out.
    public func call(model: String) -> EngineCall {
        var body = attachments.isEmpty ? body : replacing([:])
        body["model"] = .string(model)
        return EngineCall(route: route, body: body)
    }
}

/// The form of an engine's answer.
public enum AnswerShape: Sendable, Hashable {
    /// Objects of Ollama's `/api/generate` or `/api/chat`, the last with `"done": true`.
    case native
    /// Server-sent `chat.completion.chunk` or `text_completion` events, ended by `[DONE]`.
    case completion
    /// The typed events of `/v1/responses`.
    case response
    /// One object, never streamed: embeddings, the list of models.
    case whole

    init(of route: EngineCall.Route) {
        self =
            switch route {
            case .generate, .chat: .native
            case .openAI("/v1/chat/completions"), .openAI("/v1/completions"): .completion
            case .openAI("/v1/responses"): .response
            case .embed, .embeddings, .openAI: .whole
            }
    }
}

extension EngineCall {
    /// The list of the engine's models, in OpenAI's shape.
    public static let models = EngineCall(route: .openAI("/v1/models"), body: nil)
}
