import JSON
import Jobs
import NIOCore

/// A stream between the engine that writes it and the client who reads it. No clock, no socket, nobody waiting.
///
/// What comes while a write is under way gathers and goes out as one: a slow client gets fewer and larger writes, a fast
/// one every token at once, and neither costs a timer.
struct Gathering: Sendable {
    /// What there is to hand on.
    enum Portion: Sendable, Hashable {
        case bytes(ByteBuffer)
        /// The end of the stream.
        case last(ByteBuffer)
        /// It failed before anything was written, so it can still be said with a status.
        case refused(InferenceFailure)
        /// The client has left.
        case gone
    }

    private enum Ending { case whole, refused(InferenceFailure), gone }

    private var format: any StreamFormat
    private let room: Int
    private var buffer = ByteBuffer()
    private var ending: Ending?
    /// Whether anything was ever written: then the status is 200.
    private var hasBegun = false
    private var hasHeardEngine = false
    private var isSilent = true

    /// - Parameter room: bytes that may gather before the engine has to wait
    init(_ format: any StreamFormat, room: Int) {
        self.format = format
        self.room = room
    }

    var hasComments: Bool { format.comment(nil) != nil }
    var isFull: Bool { buffer.readableBytes >= room && ending == nil }
    var isGone: Bool { if case .gone? = ending { true } else { false } }

    mutating func write(_ event: EngineEvent) {
        guard ending == nil else { return }
        format.write(event, into: &buffer)
        guard buffer.readableBytes > 0 else { return }
        hasBegun = true
        hasHeardEngine = true
        isSilent = false
    }

    mutating func finish(_ output: JSON) {
        guard ending == nil else { return }
        format.finish(output, into: &buffer)
        ending = .whole
    }

    mutating func fail(_ failure: InferenceFailure) {
        guard ending == nil else { return }
        guard hasBegun else { return ending = .refused(failure) }
        format.fail(failure, into: &buffer)
        ending = .whole
    }

    mutating func abandon() {
        ending = .gone
        buffer = ByteBuffer()
    }

    /// Writes a comment if nothing came since the last look and nothing waits to be read.
    ///
    /// - Returns: whether the engine has not said a word yet
    mutating func comfort(_ progress: LoadProgress?) -> Bool {
        defer { isSilent = true }
        if isSilent, ending == nil, buffer.readableBytes == 0, let comment = format.comment(progress) {
            buffer.writeString(comment)
            hasBegun = true
        }
        return !hasHeardEngine
    }

    /// Takes all there is. Nil: nothing yet.
    mutating func take() -> Portion? {
        switch ending {
        case nil: buffer.readableBytes > 0 ? .bytes(takeBuffer()) : nil
        case .whole: .last(takeBuffer())
        case .refused(let failure): .refused(failure)
        case .gone: .gone
        }
    }

    private mutating func takeBuffer() -> ByteBuffer {
        defer { buffer = ByteBuffer() }
        return buffer
    }
}
