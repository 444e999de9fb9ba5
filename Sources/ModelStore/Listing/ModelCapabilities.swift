/// What a model can be asked for, in Ollama's words and by Ollama's rules, from what its files say.
struct ModelCapabilities: Sendable, Hashable {
    /// What the header of its weights says.
    var header: HeaderSummary?
    /// The template of an Ollama store.
    var template: String?
    /// The configuration of an Ollama store.
    var configuration: ModelConfiguration?
    /// Whether there is a file that turns images into tokens.
    var hasProjector = false

    /// `completion` or `embedding`, then what comes with it, each once.
    var words: [String] {
        var words: [String] = []
        func add(_ word: String, if applies: Bool) {
            if applies, !words.contains(word) { words.append(word) }
        }
        let parser = configuration?.parser.flatMap { Self.parsers[$0] }
        let isOwn = template != nil || configuration?.renderer != nil || configuration?.parser != nil
        let fields = template.map { GoTemplate($0).fields } ?? []
        let isEmbedding = header?.isEmbedding ?? false
        add("embedding", if: isEmbedding)
        add("completion", if: !isEmbedding)
        add("vision", if: header?.hasVision ?? false)
        add("audio", if: header?.hasAudio ?? false)
        add("vision", if: hasProjector)
        // A template of the store, or code of Ollama's, stands in place of the one in the weights.
        add("tools", if: !isOwn && (header?.templateHasTools ?? false))
        add("thinking", if: !isOwn && (header?.templateHasThinking ?? false))
        add("tools", if: fields.contains("tools"))
        add("insert", if: fields.contains("suffix"))
        add("thinking", if: fields.contains("thinking"))
        add("tools", if: parser?.tools ?? false)
        add("thinking", if: parser?.thinking ?? false)
        add("thinking", if: ["gptoss", "gpt-oss"].contains(configuration?.family))
        return words
    }

    /// Which of Ollama's parsers for answers find calls of tools, and which find thoughts. Of one that is not listed
    /// nothing is claimed.
    private static let parsers: [String: (tools: Bool, thinking: Bool)] = [
        "qwen3": (true, false), "qwen3-thinking": (true, true), "qwen3.5": (true, true), "ornith": (true, true),
        "qwen3-coder": (true, false), "qwen3-vl-instruct": (true, false), "qwen3-vl-thinking": (true, true),
        "ministral": (true, false), "harmony": (true, true), "cogito": (true, true), "deepseek3": (true, true),
        "olmo3": (true, false), "olmo3-think": (false, true), "nemotron-3-nano": (true, true),
        "nemotron-3.5-nano": (true, true), "functiongemma": (true, false), "glm-4.7": (true, true),
        "gemma4": (true, true), "gemma4-no-thinking": (true, false), "glm-ocr": (true, false), "lfm2": (true, false),
        "lfm2-thinking": (true, true), "laguna": (true, true), "poolside-v1": (true, true), "cohere": (true, true),
        "glimmer": (true, true),
    ]
}
