import JSON
import Jobs

/// Which of Ollama's two answers with embeddings.
enum EmbeddingShape: Sendable, Hashable {
    /// `/api/embed`: `embeddings`, one for each input.
    case many
    /// The older `/api/embeddings`: `embedding`.
    case one
}

/// `/v1/embeddings` in, Ollama's object out.
struct EmbeddingsDecoder: ResponseDecoder {
    private let shape: EmbeddingShape
    private let model: String
    private let clock: AnswerClock
    private var body = WholeDecoder()
    let readsStream = false

    init(shape: EmbeddingShape, model: String, clock: AnswerClock) {
        self.shape = shape
        self.model = model
        self.clock = clock
    }

    mutating func decode(_ bytes: [UInt8]) throws(EngineFailure) -> [EngineEvent] {
        try body.decode(bytes)
    }

    mutating func finish() throws(EngineFailure) -> [EngineEvent] {
        guard case .object(let answer)? = try body.finish().first, let data = answer["data"]?.array else {
            throw .garbage("embeddings in a shape that is not OpenAI's")
        }
        let vectors = data.compactMap { $0["embedding"] }
        guard shape == .many else { return [.object(["embedding": vectors.first ?? []])] }
        let elapsed = (clock.now() - clock.began).components
        return [
            .object([
                "model": .string(model),
                "embeddings": .array(vectors),
                "total_duration": JSON(Int(elapsed.seconds) * 1_000_000_000 + Int(elapsed.attoseconds / 1_000_000_000)),
                "load_duration": 0,
                "prompt_eval_count": answer["usage"]?["prompt_tokens"] ?? 0,
            ])
        ]
    }
}
