import Glibc

/// Cuts a stream of bytes into lines, wherever the stream was cut into pieces.
///
/// Lines end at `\n`; one `\r` before it is dropped. Blank lines are lines: in server-sent events they end an event.
public struct LineSplitter: Sendable {
    private let maximumLength: Int
    private var pending: [UInt8] = []
    private var isBroken = false

    /// - Parameter maximumLength: the longest line to take, in bytes without its ending. What a peer may make us hold.
    public init(maximumLength: Int) {
        self.maximumLength = maximumLength
    }

    /// Takes the next piece of the stream and returns the lines that it completes.
    ///
    /// After a line that is too long every call throws: where the next line begins can no longer be trusted.
    public mutating func append(_ bytes: [UInt8]) throws(LineTooLong) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = 0
        while let end = lineFeed(in: bytes, from: start) {
            pending.append(contentsOf: bytes[start..<end])
            start = end + 1
            try checkLength(after: lines)
            lines.append(takePending())
        }
        pending.append(contentsOf: bytes[start...])
        try checkLength(after: lines)
        return lines
    }

    /// The last line of a stream that ended without a line feed; nil if nothing is left.
    public mutating func finish() -> [UInt8]? {
        isBroken || pending.isEmpty ? nil : takePending()
    }
}

extension LineSplitter {
    private mutating func takePending() -> [UInt8] {
        if pending.last == .carriageReturn { pending.removeLast() }
        defer { pending = [] }
        return pending
    }

    private mutating func checkLength(after lines: [[UInt8]]) throws(LineTooLong) {
        let length = pending.last == .carriageReturn ? pending.count - 1 : pending.count
        isBroken = isBroken || length > maximumLength
        if isBroken {
            pending = []
            throw LineTooLong(maximumLength: maximumLength, linesBefore: lines)
        }
    }

    /// `memchr` looks at 32 bytes at a time, `firstIndex(of:)` at one.
    private func lineFeed(in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBytes { buffer in
            guard start < buffer.count, let base = buffer.baseAddress else { return nil }
            return memchr(base + start, Int32(UInt8.lineFeed), buffer.count - start).map { base.distance(to: $0) }
        }
    }
}

/// A peer sent a line that is longer than it may be.
public struct LineTooLong: Error, Sendable, Hashable, CustomStringConvertible {
    /// The longest line allowed, in bytes.
    public let maximumLength: Int
    /// The whole lines that came before it in the same piece, which are good.
    public let linesBefore: [[UInt8]]

    /// For a person.
    public var description: String { "a line is longer than \(maximumLength) bytes" }
}
