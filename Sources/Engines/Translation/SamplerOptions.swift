import JSON

/// Ollama's `options` by the names of another server. What it does not know is left out, as Ollama does.
struct SamplerOptions {
    private let dialect: OpenAITranslation.Dialect
    private let options: JSON.Object

    init(dialect: OpenAITranslation.Dialect, _ options: JSON.Object) {
        self.dialect = dialect
        self.options = options
    }

    private static let shared = [
        "temperature", "top_p", "top_k", "min_p", "seed", "stop", "presence_penalty", "frequency_penalty",
    ]
    private static let ofLlamaServer = [
        "typical_p", "repeat_penalty", "repeat_last_n", "mirostat", "mirostat_tau", "mirostat_eta",
    ]
    /// Where llama-server's own defaults are not Ollama's: the same job should be sampled alike by both.
    private static let ollamaDefaults: JSON.Object = ["top_p": 0.9, "min_p": 0.0]

    /// - Parameter tokenLimit: the server's name for the greatest number of tokens
    func add(to body: inout JSON.Object, tokenLimit: String) {
        let names = Self.shared + (dialect == .llamaServer ? Self.ofLlamaServer : [])
        for name in names {
            if let value = options[name], !value.isNull { body[name] = value }
        }
        if let limit = options["num_predict"], !limit.isNull { body[tokenLimit] = limit }
        switch dialect {
        case .llamaServer:
            if let kept = options["num_keep"], !kept.isNull { body["n_keep"] = kept }
            for (name, value) in Self.ollamaDefaults where body[name] == nil { body[name] = value }
        case .standard:
            if let penalty = options["repeat_penalty"], !penalty.isNull { body["repetition_penalty"] = penalty }
        }
    }
}
