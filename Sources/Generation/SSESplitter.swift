internal import JSON
public import Jobs

/// Cuts a stream of bytes into whole server-sent events, wherever the stream was cut into pieces.
///
/// The text of an event is kept as it came, its closing blank line included, so that events can be relayed. Lines end
/// in LF, CR or CRLF. An event of comments only is a sign of life: servers send `: ping` while they are busy.
public struct SSESplitter: Sendable {
    private let maximumLength: Int
    private var event: [UInt8] = []
    /// Where the line that is being read begins in `event`.
    private var lineStart = 0
    /// A CR was the last byte so far: an LF would be part of the same line end.
    private var endsInCR = false

    /// - Parameter maximumLength: the longest event to take, in bytes. What a peer may make us hold.
    public init(maximumLength: Int = 32 << 20) {
        self.maximumLength = maximumLength
    }

    /// Takes the next piece of the stream and returns the events that it completes.
    public mutating func append(_ bytes: [UInt8]) throws(EventTooLong) -> [EngineEvent] {
        var events: [EngineEvent] = []
        for byte in bytes {
            if endsInCR, byte != UInt8(ascii: "\n") { endLine(&events) }
            event.append(byte)
            endsInCR = byte == UInt8(ascii: "\r")
            if byte == UInt8(ascii: "\n") { endLine(&events) }
            if event.count > maximumLength {
                throw EventTooLong(maximumLength: maximumLength, eventsBefore: events)
            }
        }
        return events
    }

    /// The last event of a stream that ended without a blank line, if it says all it has to say.
    ///
    /// Some servers leave out the blank line after `[DONE]`. An event with cut data is dropped, as the standard says.
    public mutating func finish() -> EngineEvent? {
        defer { (event, lineStart, endsInCR) = ([], 0, false) }
        let isLineEnded = event.last == UInt8(ascii: "\n") || event.last == UInt8(ascii: "\r")
        let whole = event + Array((isLineEnded ? "\n" : "\n\n").utf8)
        guard let data = Self.data(of: whole) else { return nil }
        let value = try? JSON(parsing: data)
        guard value != nil || data == Self.done else { return nil }
        return .serverSent(text: String(decoding: whole, as: UTF8.self), data: value)
    }
}

extension SSESplitter {
    private static let done = Array("[DONE]".utf8)

    /// Whether this event is the end of an OpenAI stream.
    static func isDone(_ text: String) -> Bool {
        data(of: Array(text.utf8)) == done
    }

    private mutating func endLine(_ events: inout [EngineEvent]) {
        endsInCR = false
        let isBlank = event[lineStart...].allSatisfy(Self.isLineEnd)
        let hasLines = lineStart > 0
        lineStart = event.count
        guard isBlank else { return }
        if hasLines { events.append(Self.parse(event)) }
        event.removeAll(keepingCapacity: true)
        lineStart = 0
    }

    private static func parse(_ event: [UInt8]) -> EngineEvent {
        let lines = event.split(whereSeparator: isLineEnd)
        if lines.allSatisfy({ $0.first == UInt8(ascii: ":") }) { return .alive }
        let data = data(of: event).flatMap { try? JSON(parsing: $0) }
        return .serverSent(text: String(decoding: event, as: UTF8.self), data: data)
    }

    /// The `data` lines of an event, joined by line feeds; nil if it has none.
    private static func data(of event: [UInt8]) -> [UInt8]? {
        let name = "data:".utf8
        let lines = event.split(whereSeparator: isLineEnd).filter { $0.starts(with: name) }
        guard !lines.isEmpty else { return nil }
        let values = lines.map { line in
            let value = line.dropFirst(name.count)
            return value.first == UInt8(ascii: " ") ? value.dropFirst() : value
        }
        return Array(values.joined(separator: [UInt8(ascii: "\n")]))
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }
}

/// A server sent an event that is longer than it may be.
public struct EventTooLong: Error, Sendable, Hashable, CustomStringConvertible {
    /// The longest event allowed, in bytes.
    public let maximumLength: Int
    /// The whole events that came before it in the same piece, which are good.
    public let eventsBefore: [EngineEvent]

    /// For a person.
    public var description: String { "a server-sent event is longer than \(maximumLength) bytes" }
}
