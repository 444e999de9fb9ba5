/// A line that a child wrote.
public struct OutputLine: Sendable, Hashable {
    /// Which of its two outputs.
    public enum Stream: Sendable, Hashable {
        /// Descriptor 1.
        case standardOutput
        /// Descriptor 2.
        case standardError
    }

    /// Where it was written. Order is kept within a stream, not between the two.
    public let stream: Stream
    /// Without its end; at most 64 KiB (a longer one comes in pieces), bytes that are no UTF-8 replaced by U+FFFD.
    public let text: String
    /// When we read its end.
    public let arrived: ContinuousClock.Instant

    /// A line in full.
    public init(stream: Stream, text: String, arrived: ContinuousClock.Instant) {
        self.stream = stream
        self.text = text
        self.arrived = arrived
    }
}
