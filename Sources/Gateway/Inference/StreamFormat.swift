import JSON
import Jobs
import NIOCore

/// How one face writes a stream: what the engine says in, bytes for the client out. No sockets, no waiting.
protocol StreamFormat: Sendable {
    /// The answer's `Content-Type`.
    var contentType: String { get }

    /// One event of the engine. Whole events only: what is written may go out at any time.
    mutating func write(_ event: EngineEvent, into buffer: inout ByteBuffer)

    /// The stream is whole. Output that was not streamed, though asked for, is written now.
    mutating func finish(_ output: JSON, into buffer: inout ByteBuffer)

    /// The stream was cut, after something was written: no client may take it for a whole one.
    mutating func fail(_ failure: InferenceFailure, into buffer: inout ByteBuffer)

    /// A sign of life that readers skip. Nil: this format has none.
    func comment(_ progress: LoadProgress?) -> String?
}
