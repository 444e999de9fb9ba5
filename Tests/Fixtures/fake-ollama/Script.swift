import JSON

/// An answer as a plan: so many tokens, each with its chunk if it streams, and an ending.
struct Script: Sendable {
    let status: Int
    let headers: [(String, String)]
    let isChunked: Bool
    /// Made by the runner; nil: without end.
    let tokens: Int?
    /// What token `n` sends; nil if the answer does not stream.
    let chunk: (@Sendable (Int) -> Template)?
    /// The whole body, or what comes after the tokens of a stream.
    let ending: Template
    /// Whether the model must be loaded to find this answer.
    let needsRunner: Bool

    /// An answer as it was recorded.
    init(replaying recording: Recording) {
        status = recording.status
        headers = recording.headers
        isChunked = recording.isChunked
        let pieces = recording.pieces.map(Template.init)
        let ending = pieces.last ?? Template("")
        self.ending = ending
        let counts = ["eval_count", "completion_tokens", "output_tokens"]
        if recording.isChunked, pieces.count > 1 {
            tokens = pieces.count - 1
            chunk = { pieces[min($0, pieces.count - 2)] }
        } else {
            tokens = counts.lazy.compactMap { ending.number($0) }.first ?? 0
            chunk = nil
        }
        let isModelRoute = InferenceRoute(rawValue: recording.target) != nil
        needsRunner = isModelRoute && (status == 200 || Script.comesFromTheRunner(ending.text))
    }

    /// An answer in the shape of a recorded one, with words that say their own number: `w0 w1 w2`.
    init(generating request: InferenceRequest, library: Library, naturalLength: Int?) throws {
        let route = request.route
        let exemplar: Recording
        if request.streams {
            guard let name = route.exemplars.stream else {
                throw Refusal(500, "the fake has no recording of a stream on \(route.rawValue)")
            }
            exemplar = try library.recording(name)
        } else {
            exemplar = try library.recording(route.exemplars.whole)
        }
        status = 200
        headers = exemplar.headers
        isChunked = exemplar.isChunked
        needsRunner = true
        let (count, isCut) = request.length(natural: naturalLength)
        tokens = count
        var ending = Template(exemplar.pieces.last ?? "")
        if request.route.isEmbedding {
            Script.fillEmbedding(&ending, request)
        } else {
            Script.fillCounts(&ending, request, tokens: count ?? 0, isCut: isCut)
        }
        if request.streams {
            if route == .chatCompletions, !request.includesUsage { Script.removeUsageEvent(&ending) }
            let shapes = exemplar.pieces.prefix(2).map(Template.init)
            let includesUsage = request.includesUsage || route != .completions
            if !includesUsage {
                Script.removeUsageEvent(&ending)
                ending.remove("usage")
            }
            chunk = { number in
                var piece = shapes[min(number, 1)]
                piece.set("model", to: goString(request.model), .all)
                piece.set(route.textMember, to: goString(Script.word(number)))
                if !includesUsage { piece.remove("usage") }
                return piece
            }
        } else {
            if !request.route.isEmbedding {
                ending.set(route.textMember, to: goString((0..<(count ?? 0)).map(Script.word).joined()))
            }
            chunk = nil
        }
        self.ending = ending
    }

    private static func comesFromTheRunner(_ body: String) -> Bool {
        body.contains("--embeddings") || body.contains("\"{\\\"error\\\"")
    }

    private static func word(_ number: Int) -> String {
        number == 0 ? "w0" : " w\(number)"
    }

    private static func fillCounts(_ ending: inout Template, _ request: InferenceRequest, tokens: Int, isCut: Bool) {
        let prompt = request.promptTokens
        ending.set("model", to: goString(request.model), .all)
        ending.set("prompt_eval_count", to: "\(prompt)")
        ending.set("eval_count", to: "\(tokens)")
        for name in ["prompt_tokens", "input_tokens"] { ending.set(name, to: "\(prompt)", .last) }
        for name in ["completion_tokens", "output_tokens"] { ending.set(name, to: "\(tokens)", .last) }
        ending.set("total_tokens", to: "\(prompt + tokens)", .last)
        ending.set("done_reason", to: isCut ? "\"length\"" : "\"stop\"")
        ending.set("finish_reason", to: isCut ? "\"length\"" : "\"stop\"")
        ending.set("stop_reason", to: isCut ? "\"max_tokens\"" : "\"end_turn\"")
    }

    private static func fillEmbedding(_ ending: inout Template, _ request: InferenceRequest) {
        ending.set("model", to: goString(request.model))
        ending.set("prompt_eval_count", to: "\(request.promptTokens)")
        for name in ["prompt_tokens", "total_tokens"] { ending.set(name, to: "\(request.promptTokens)") }
        guard request.route != .embeddings, let answer = try? JSON(parsing: ending.text) else { return }
        let inputs = request.embeddingInputs
        if request.route == .embed, let vector = answer["embeddings"]?[0] {
            ending.set("embeddings", to: JSON.array(inputs.map { _ in vector }).description)
        } else if var item = answer["data"]?[0]?.object {
            let items = inputs.indices.map { index -> JSON in
                item["index"] = JSON(index)
                return .object(item)
            }
            ending.set("data", to: JSON.array(items).description)
        }
    }

    /// The event with the usage is the last but one.
    private static func removeUsageEvent(_ ending: inout Template) {
        var events = ending.text.split(separator: "\n\n").map(String.init)
        if events.count == 3 { events.remove(at: 1) }
        ending = Template(events.map { "\($0)\n\n" }.joined())
    }
}
