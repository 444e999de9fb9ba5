import JSON
import Jobs

/// How an answer with a 2xx status is read.
enum Decoding: Sendable, Hashable {
    /// Ollama's native stream: a JSON object a line, the last with `done: true`.
    case nativeStream
    /// One JSON value, the whole body.
    case whole
    /// A list of models, of which only OpenAI's members are handed on: llama-server adds its own and Ollama's.
    case listing
    /// OpenAI's routes, handed on as they are.
    case relay(ending: StreamEnding, hidesProgress: Bool)
    /// A stream of `/v1/chat/completions` or `/v1/completions`, answered in Ollama's shape.
    case chat(NativeStream)
    /// llama-server's `/completion`, answered in Ollama's shape.
    case completion(NativeStream)
    /// `/v1/embeddings`, answered in Ollama's shape.
    case embeddings(EmbeddingShape, model: String)

    /// The reader of one answer.
    ///
    /// - Parameters:
    ///   - contentType: the answer's own word; an OpenAI route that does not stream answers with JSON
    ///   - clock: when the request began, and what time it is
    func decoder(contentType: String?, clock: AnswerClock) -> any ResponseDecoder {
        let isEventStream = contentType?.hasPrefix("text/event-stream") == true
        switch self {
        case .nativeStream: return NativeStreamDecoder()
        case .whole: return WholeDecoder()
        case .listing: return WholeDecoder(keeping: ["object", "data"])
        case .relay(let ending, let hidesProgress):
            guard isEventStream else { return WholeDecoder() }
            return RelayDecoder(ending: ending, hidesProgress: hidesProgress)
        case .chat(let stream): return ChatDecoder(NativeAnswerWriter(stream, clock: clock))
        case .completion(let stream): return CompletionDecoder(NativeAnswerWriter(stream, clock: clock))
        case .embeddings(let shape, let model): return EmbeddingsDecoder(shape: shape, model: model, clock: clock)
        }
    }
}

/// What says that a relayed stream is whole. The end of the body does not: an engine that dies under a stream ends the
/// body regularly.
enum StreamEnding: Sendable, Hashable {
    /// `data: [DONE]`.
    case doneMarker
    /// An event whose type ends a response: `/v1/responses` has no marker.
    case responseEvent
    /// Nothing is known of this route.
    case endOfBody

    static func of(path: String) -> StreamEnding {
        if path.hasSuffix("/completions") { return .doneMarker }
        return path.hasSuffix("/responses") ? .responseEvent : .endOfBody
    }
}

/// Reads the body of one answer.
protocol ResponseDecoder: Sendable {
    /// Whether it reads piece by piece; else all its work is done at the end and may be much.
    var readsStream: Bool { get }
    /// The events that this piece completes. Throws what the engine says inside a 200.
    mutating func decode(_ bytes: [UInt8]) throws(EngineFailure) -> [EngineEvent]
    /// The events that the end of the body completes. Throws `.died` if the answer is cut.
    mutating func finish() throws(EngineFailure) -> [EngineEvent]
}

extension ResponseDecoder {
    var readsStream: Bool { true }
}

extension EngineFailure {
    /// The largest line, event or body to take from an engine: an answer of embeddings may be large.
    static let largestAnswer = 64 << 20

    /// What an error inside a 200 means.
    static func inStream(_ error: JSON) -> EngineFailure {
        let message = message(of: error)
        if OllamaDriver.saysDied(message) { return EngineFailure(.died, "The model's runner died: \(message)") }
        return EngineFailure(.refused(status: error["code"]?.int ?? 500), message)
    }

    static func cut(_ what: String) -> EngineFailure {
        EngineFailure(.died, "The engine's answer ended without \(what): the engine or its runner died.")
    }

    static func garbage(_ what: String) -> EngineFailure {
        EngineFailure(.died, "The engine sent \(what).")
    }
}
