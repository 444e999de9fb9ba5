import JSON
import Jobs
import NIOCore

/// A stream of JSON objects, one a line, as Ollama's clients read it.
struct LineStream: StreamFormat {
    private var hasAny = false
    private var hasError = false

    var contentType: String { "application/x-ndjson" }

    mutating func write(_ event: EngineEvent, into buffer: inout ByteBuffer) {
        switch event {
        case .object(let object): write(object, into: &buffer)
        // Never of a request in Ollama's shape, whatever the engine.
        case .alive, .serverSent: break
        }
    }

    private mutating func write(_ object: JSON, into buffer: inout ByteBuffer) {
        hasAny = true
        if object["error"] != nil { hasError = true }
        buffer.writeBytes(object.bytes)
        buffer.writeInteger(UInt8(ascii: "\n"))
    }

    mutating func finish(_ output: JSON, into buffer: inout ByteBuffer) {
        if !hasAny { write(output, into: &buffer) }
    }

    /// A line without `done` and the end of the body: that is how Ollama says it, too.
    mutating func fail(_ failure: InferenceFailure, into buffer: inout ByteBuffer) {
        guard !hasError else { return }
        write(["error": .string(OpenAIError.text(of: failure.description))], into: &buffer)
    }

    func comment(_ progress: LoadProgress?) -> String? { nil }
}
