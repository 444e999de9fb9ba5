public import JSON
public import Jobs

/// Makes chunks and the whole answer out of an engine's events.
///
/// 1. Give it every event, in order, with `append`.
/// 2. If the client streams: whenever no chunk is on its way, send what `takeChunk` gives.
/// 3. When the engine's stream has ended well, take what is left, then `finish`.
///
/// An error thrown by `append` ends the answer; what was appended before it can still be taken.
public struct AnswerBuilder: Sendable {
    private let shape: AnswerShape
    private let streams: Bool
    private var answer: Answer
    private var objects: ChunkQueue<NativePart>
    private var events: ChunkQueue<EventPart>

    private struct Answer: Sendable {
        var native = MemberJoiner(rules: NativePart.rules)
        var completion = CompletionAnswer()
        var whole: JSON?
        var isComplete = false
    }

    /// - Parameters:
    ///   - shape: what the engine sends
    ///   - streams: whether chunks are wanted
    ///   - chunkLimit: the most bytes of one chunk. The platform splits what is above 1 MB where it likes, so the
    ///     default stays below that with the POST's own bytes.
    public init(shape: AnswerShape, streams: Bool, chunkLimit: Int = 900_000) {
        self.shape = shape
        self.streams = streams
        answer = Answer()
        objects = ChunkQueue(limit: chunkLimit)
        events = ChunkQueue(limit: chunkLimit)
    }

    /// Takes the engine's next event.
    public mutating func append(_ event: EngineEvent) throws(AnswerError) {
        switch (event, shape) {
        case (.alive, _):
            break
        case (.object(let object), .native):
            try append(native: object)
        case (.object(let object), _):
            // Also from a server that does not stream what it was asked to stream.
            try refuse(errorIn: object)
            answer.whole = object
            answer.isComplete = true
        case (.serverSent(let text, let data), .completion), (.serverSent(let text, let data), .response):
            try append(text: text, data: data)
        case (.serverSent, _):
            throw AnswerError(.malformed, "the engine sent a server-sent event where a JSON object was expected")
        }
    }

    /// Whether `takeChunk` has something to give.
    public var hasChunk: Bool { !objects.isEmpty || !events.isEmpty }

    /// Everything gathered since the last time, or as much of it as one chunk holds; nil if there is nothing.
    ///
    /// The first event goes alone. A chunk is an object in Ollama's shape with the texts joined, or the text of whole
    /// server-sent events.
    public mutating func takeChunk() -> JSON? {
        shape == .native ? objects.take() : events.take()
    }

    /// The whole answer, as the engine would have given it without streaming.
    public func finish() throws(AnswerError) -> JSON {
        guard answer.isComplete else { throw AnswerError(.cut, missingEnd) }
        if let whole = answer.whole { return whole }
        return .object(shape == .native ? answer.native.object : answer.completion.object)
    }
}

extension AnswerBuilder {
    private mutating func append(native value: JSON) throws(AnswerError) {
        try refuse(errorIn: value)
        guard let object = value.object else {
            throw AnswerError(.malformed, "the engine sent \(value.typeName) where an object was expected")
        }
        let part = NativePart(object: object)
        if streams { objects.add(part) }
        answer.native.join(object)
        answer.isComplete = answer.isComplete || part.isDone
    }

    private mutating func append(text: String, data: JSON?) throws(AnswerError) {
        if let data { try refuse(errorIn: data) }
        if streams { events.add(EventPart(text: text)) }
        switch (shape, data) {
        case (.completion, let data?):
            if let chunk = data.object { answer.completion.join(chunk) }
        case (.completion, nil):
            answer.isComplete = answer.isComplete || (answer.completion.hasBegun && SSESplitter.isDone(text))
        case (_, let data?) where ["response.completed", "response.incomplete"].contains(data["type"]):
            answer.whole = data["response"]
            answer.isComplete = answer.whole != nil
        default:
            break
        }
    }

    /// The two typed events of `/v1/responses` that report an error carry it elsewhere than all others do.
    private func refuse(errorIn data: JSON) throws(AnswerError) {
        let report: JSON? =
            switch (shape, data["type"]?.string) {
            case (.response, "error"): ["error": data]
            case (.response, "response.failed"): data["response"]
            default: data
            }
        guard let message = report.flatMap(AnswerError.message) else { return }
        throw AnswerError(.reported, "the engine ended the answer with an error: \(message)")
    }

    private var missingEnd: String {
        let end =
            switch shape {
            case .native: "its last object (\"done\": true)"
            case .completion: "\"data: [DONE]\""
            case .response: "\"response.completed\""
            case .whole: "an answer"
            }
        return "the engine's answer was cut off: it ended without \(end)"
    }
}
