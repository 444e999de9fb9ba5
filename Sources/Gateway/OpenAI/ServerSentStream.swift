import JSON
import Jobs
import NIOCore

/// A stream of server-sent events, relayed as the engine wrote them.
struct ServerSentStream: StreamFormat {
    /// How a whole stream ends.
    enum End: Sendable {
        /// With `data: [DONE]`.
        case done
        /// With an event of its own, `response.completed` and the like.
        case ownEvent
    }

    let end: End
    private var hasAny = false
    private var hasError = false

    init(end: End) {
        self.end = end
    }

    /// The stream of an OpenAI route.
    init(path: String) {
        self.init(end: path == "/v1/responses" ? .ownEvent : .done)
    }

    var contentType: String { "text/event-stream" }

    mutating func write(_ event: EngineEvent, into buffer: inout ByteBuffer) {
        switch event {
        case .alive: return
        case .object(let object):
            note(object)
            buffer.writeString("data: \(object)\n\n")
        case .serverSent(let text, let data):
            // The engine's mark goes out when its answer has proved whole: Ollama ends a stream whose runner died as
            // regularly as any other.
            if end == .done, text.hasPrefix("data: [DONE]") || text.hasPrefix("data:[DONE]") { return }
            note(data)
            buffer.writeString(text)
        }
    }

    private mutating func note(_ data: JSON?) {
        hasAny = true
        if let error = data?["error"], !error.isNull { hasError = true }
    }

    mutating func finish(_ output: JSON, into buffer: inout ByteBuffer) {
        switch end {
        case .done:
            // Whoever did not stream, though asked to: its whole answer is better than an empty stream.
            if !hasAny { buffer.writeString("data: \(output)\n\n") }
            if !hasError { buffer.writeString(EventText.done) }
        case .ownEvent:
            guard !hasAny else { return }
            let event: JSON = ["type": "response.completed", "response": output]
            buffer.writeString("event: response.completed\ndata: \(event)\n\n")
        }
    }

    mutating func fail(_ failure: InferenceFailure, into buffer: inout ByteBuffer) {
        // Clients raise the first error that they read; the engine's own says more than ours.
        guard !hasError else { return }
        switch end {
        case .done: buffer.writeString(EventText.error(failure.status, failure.description))
        case .ownEvent:
            // `type`, `code` and `message` are what OpenAI's reference has; its Python client looks for `error`.
            let error = OpenAIError.body(failure.status, failure.description)["error"] ?? .null
            let event: JSON = [
                "type": "error", "code": error["type"] ?? .null, "message": error["message"] ?? .null,
                "param": .null, "error": error,
            ]
            buffer.writeString("event: error\ndata: \(event)\n\n")
        }
    }

    func comment(_ progress: LoadProgress?) -> String? {
        progress.map { ": \($0.words)\n\n" } ?? EventText.comment
    }
}
