import JSON

/// A request for a model, read as the recorded program reads it.
struct InferenceRequest: Sendable {
    let route: InferenceRoute
    let body: JSON
    let text: String

    var model: String { body["model"]?.string ?? "" }

    var streams: Bool {
        route.isEmbedding ? false : body["stream"]?.bool ?? route.streamsByDefault
    }

    var includesUsage: Bool { body["stream_options"]?["include_usage"]?.bool ?? false }

    /// Nothing to answer: the model is only loaded, or unloaded.
    var isLoadOnly: Bool {
        switch route {
        case .generate: body["prompt"]?.string ?? "" == ""
        case .chat: (body["messages"]?.array ?? []).isEmpty
        default: false
        }
    }

    /// nil if the request does not say.
    var context: Int? { body["options"]?["num_ctx"]?.int }

    /// The text of `keep_alive`, a number of seconds included; nil if absent.
    var keepAlive: String? { InferenceRequest.keepAlive(body["keep_alive"]) }

    static func keepAlive(_ value: JSON?) -> String? {
        guard let value, !value.isNull else { return nil }
        return value.string ?? value.description
    }

    var unloads: Bool {
        keepAlive.flatMap(Times.parseGoDuration) == .zero
    }

    var embeddingInputs: [JSON] {
        guard let input = body["input"] else { return [] }
        if let text = input.string { return text.isEmpty ? [] : [input] }
        return input.array ?? []
    }

    /// A guess: the recorded prompts have four to five bytes a token.
    var promptTokens: Int {
        max(1, promptText.utf8.count * 2 / 9)
    }

    private var promptText: String {
        let messages = (body["messages"]?.array ?? []).compactMap { $0["content"]?.string }
        return (messages + [body["prompt"]?.string, body["input"]?.string].compactMap(\.self)).joined(separator: " ")
    }

    /// How many tokens the answer has (nil: without end), and whether a limit cut it.
    ///
    /// 0 is no limit at all, a negative limit is ten contexts. An answer whose natural length was not set on the
    /// command line always fills its limit.
    func length(natural: Int?) -> (count: Int?, isCut: Bool) {
        if route.isEmbedding { return (0, false) }
        let names = ["max_tokens", "max_completion_tokens", "max_output_tokens"]
        let native = body["options"]?["num_predict"]?.int
        guard let limit = route.isOpenAI ? names.compactMap({ body[$0]?.int }).first : native else {
            return (natural ?? 16, false)
        }
        if limit == 0, !route.isOpenAI { return (nil, false) }
        if let natural, limit < 0 || natural < limit { return (natural, false) }
        return (limit < 0 ? 10 * (context ?? 4096) : limit, true)
    }
}
