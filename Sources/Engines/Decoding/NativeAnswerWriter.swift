import JSON
import Jobs
import Support

/// Which of Ollama's native answers.
enum NativeShape: Sendable, Hashable {
    /// Text in `response`.
    case generate
    /// Text in `message.content`.
    case chat
}

/// What a translated answer should look like.
struct NativeStream: Sendable, Hashable {
    var shape: NativeShape
    var model: String
    /// One object at the end instead of one a token.
    var isJoined = false
}

/// When a request began and what time it is, handed in so that a test can stop it.
struct AnswerClock: Sendable {
    var began: ContinuousClock.Instant
    var now: @Sendable () -> ContinuousClock.Instant
    /// RFC 3339 with nanoseconds, UTC.
    var wallTime: @Sendable () -> String

    /// The machine's clocks.
    static func starting(at began: ContinuousClock.Instant = .now) -> AnswerClock {
        AnswerClock(began: began, now: { .now }, wallTime: { UTCTime.now.text(decimals: 9) })
    }
}

/// Writes an answer in Ollama's shape, whatever engine it came from.
struct NativeAnswerWriter: Sendable {
    /// What the engine measured; what it did not is taken from the clock.
    struct Measures: Sendable, Hashable {
        var promptTokens: Int?
        var tokens: Int?
        var promptMilliseconds: Double?
        var milliseconds: Double?
    }

    private let stream: NativeStream
    private let clock: AnswerClock
    private var firstToken: ContinuousClock.Instant?
    private var pieces = 0
    private var text = ""
    private var thinking = ""
    private var toolCalls: [JSON] = []
    private var logprobs: [JSON] = []

    init(_ stream: NativeStream, clock: AnswerClock) {
        self.stream = stream
        self.clock = clock
    }

    /// A piece of the answer.
    mutating func piece(
        text: String = "",
        thinking: String = "",
        toolCalls: [JSON] = [],
        logprobs: [JSON] = []
    ) -> EngineEvent {
        if firstToken == nil { firstToken = clock.now() }
        pieces += 1
        guard !stream.isJoined else {
            self.text += text
            self.thinking += thinking
            self.toolCalls += toolCalls
            self.logprobs += logprobs
            return .alive
        }
        var object = head(text: text, thinking: thinking, toolCalls: toolCalls)
        object["done"] = false
        if !logprobs.isEmpty { object["logprobs"] = .array(logprobs) }
        return .object(.object(object))
    }

    /// The closing object with the reason and the durations, in nanoseconds.
    func closing(reason: String, _ measures: Measures) -> EngineEvent {
        var object = head(text: text, thinking: thinking, toolCalls: toolCalls)
        object["done"] = true
        object["done_reason"] = .string(reason)
        let now = clock.now()
        let first = firstToken ?? now
        object["total_duration"] = nanoseconds(now - clock.began)
        // The model was in memory when the request went out: waiting for it is told elsewhere.
        object["load_duration"] = 0
        object["prompt_eval_count"] = JSON(measures.promptTokens ?? 0)
        object["prompt_eval_duration"] =
            measures.promptMilliseconds.map(nanoseconds) ?? nanoseconds(first - clock.began)
        object["eval_count"] = JSON(measures.tokens ?? pieces)
        object["eval_duration"] = measures.milliseconds.map(nanoseconds) ?? nanoseconds(now - first)
        if !logprobs.isEmpty { object["logprobs"] = .array(logprobs) }
        return .object(.object(object))
    }

    private func head(text: String, thinking: String, toolCalls: [JSON]) -> JSON.Object {
        var object: JSON.Object = ["model": .string(stream.model), "created_at": .string(clock.wallTime())]
        switch stream.shape {
        case .generate:
            object["response"] = .string(text)
            if !thinking.isEmpty { object["thinking"] = .string(thinking) }
        case .chat:
            var message: JSON.Object = ["role": "assistant", "content": .string(text)]
            if !thinking.isEmpty { message["thinking"] = .string(thinking) }
            if !toolCalls.isEmpty { message["tool_calls"] = .array(toolCalls) }
            object["message"] = .object(message)
        }
        return object
    }

    private func nanoseconds(_ milliseconds: Double) -> JSON {
        JSON(Int((max(0, min(milliseconds, 1e12)) * 1e6).rounded()))
    }

    private func nanoseconds(_ duration: Duration) -> JSON {
        let (seconds, attoseconds) = duration.components
        return JSON(Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
    }
}
