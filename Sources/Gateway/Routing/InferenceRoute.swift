/// A route of the models, in the words of whoever asks.
enum InferenceRoute: Sendable, Hashable {
    /// An OpenAI route such as `/v1/chat/completions`.
    case openAI(String)
    /// One model, as OpenAI's clients and KServe's ask for it.
    case model(String)
    /// A body that says by its shape what it wants. The model, where the path names one: KServe's `NAME:predict`.
    case predict(model: String?)
    case ollama(OllamaRoute)
    case openInference(OpenInferenceRoute)

    /// Names of models may have slashes, `hf.co/org/name:Q4_K_M`, encoded or not.
    init?(_ segments: [String]) {
        let isBelowOpenAI = segments.first == "openai"
        let rest = Array(segments.dropFirst(isBelowOpenAI ? 1 : 0))
        switch (rest.first, rest.count) {
        case ("v1", 2...):
            guard let route = Self.firstVersion(rest) else { return nil }
            self = route
        case ("api", 2...) where !isBelowOpenAI:
            guard let route = OllamaRoute(Array(rest.dropFirst())) else { return nil }
            self = .ollama(route)
        case ("v2", _) where !isBelowOpenAI:
            guard let route = OpenInferenceRoute(Array(rest.dropFirst())) else { return nil }
            self = .openInference(route)
        case ("invocations", 1) where !isBelowOpenAI: self = .predict(model: nil)
        default: return nil
        }
    }

    private static func firstVersion(_ segments: [String]) -> InferenceRoute? {
        if case .openAI(let path)? = Route.openAIRoute("/" + segments.joined(separator: "/")) { return .openAI(path) }
        guard segments.count > 2, segments[1] == "models" else { return nil }
        let name = segments.dropFirst(2).joined(separator: "/")
        guard name.hasSuffix(Self.predict) else { return .model(name) }
        let model = String(name.dropLast(Self.predict.count))
        return model.isEmpty ? nil : .predict(model: model)
    }

    static let predict = ":predict"

    var methods: [String] {
        switch self {
        case .openAI("/v1/models"), .model: ["GET", "HEAD"]
        case .openAI, .predict: ["POST"]
        case .ollama(let route): route.methods
        case .openInference(let route): route.methods
        }
    }
}
