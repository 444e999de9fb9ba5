import JSON
import Support

/// The figures of one answer; nil is what the engine did not say or what did not happen.
public struct GenerationReport: Sendable, Hashable {
    /// Tokens read, those that were cached included as far as the engine counts them.
    public let promptTokens: Int?
    /// Tokens written.
    public let completionTokens: Int?
    /// From the job's arrival in the worker, a start of the engine included.
    public let timeToFirstToken: Duration?
    /// From the first token to the end, as the worker saw it.
    public let tokensPerSecond: Double?
}

extension GenerationReport {
    /// - Parameters:
    ///   - answer: whole, in the engine's shape
    ///   - end: when it was whole
    init(_ answer: JSON, _ timings: JobTimings, at end: ContinuousClock.Instant) {
        let written = Self.count(answer, native: "eval_count", usage: ["completion_tokens", "output_tokens"])
        // What writes nothing (an embedding) has no first token, only an answer.
        let firstToken = (written ?? 0) > 0 ? timings.firstToken : nil
        promptTokens = Self.count(answer, native: "prompt_eval_count", usage: ["prompt_tokens", "input_tokens"])
        completionTokens = written
        timeToFirstToken = firstToken.map { timings.taken.duration(to: $0) }
        tokensPerSecond = firstToken.flatMap { Self.rate(written, from: $0, to: end) }
    }

    /// Ollama's shape has the counts in its last object, OpenAI's chat and completions in `usage`, its responses there, too,
    /// under other names. A count below nought is none: counters only grow.
    private static func count(_ answer: JSON, native: String, usage names: [String]) -> Int? {
        let found = answer[native]?.int ?? names.lazy.compactMap { answer["usage"]?[$0]?.int }.first
        return found.flatMap { $0 >= 0 ? $0 : nil }
    }

    /// The first token is where the time begins, so it is not counted. What came in less than a millisecond was not
    /// streamed, and its rate says nothing of the engine.
    private static func rate(
        _ tokens: Int?,
        from begin: ContinuousClock.Instant,
        to end: ContinuousClock.Instant
    ) -> Double? {
        let time = begin.duration(to: end)
        guard let tokens, tokens > 1, time >= .milliseconds(1) else { return nil }
        return Double(tokens - 1) / (time / .seconds(1))
    }
}
