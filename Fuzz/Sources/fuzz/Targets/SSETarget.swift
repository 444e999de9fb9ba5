import Generation
import JSON
import Jobs

/// However a stream is cut into pieces, the events are those that stand in it, and each carries the bytes that made it.
enum SSETarget: FuzzTarget {
    static let name = "sse"

    static func run(_ input: [UInt8]) {
        let expected = Outcome(naively: input)
        for pieces in deliveries(of: input) {
            let outcome = Outcome(of: pieces, limit: 1 << 20)
            promise(outcome == expected, "the events are \(expected), not \(outcome)")
        }
        let short = deliveries(of: input).map { Outcome(of: $0, limit: 24) }
        promise(short.allSatisfy { $0 == short[0] }, "an event is too long wherever the stream is cut")
    }

    private struct Outcome: Equatable {
        var events: [EngineEvent] = []
        var isTooLong = false

        init(of pieces: [[UInt8]], limit: Int) {
            var splitter = SSESplitter(maximumLength: limit)
            do {
                for piece in pieces { events += try splitter.append(piece) }
            } catch {
                events += error.eventsBefore
                isTooLong = true
            }
        }

        /// Line by line over the whole stream.
        init(naively bytes: [UInt8]) {
            var event: [UInt8] = []
            for line in lines(of: bytes) {
                event += line
                guard line.allSatisfy({ $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }) else { continue }
                if event.count > line.count { events.append(SSETarget.event(event)) }
                event = []
            }
        }
    }

    /// The whole lines with their ends: LF, CR or CRLF. A CR at the very end may be half of a CRLF.
    private static func lines(of bytes: [UInt8]) -> [[UInt8]] {
        var (lines, line) = ([[UInt8]](), [UInt8]())
        for (index, byte) in bytes.enumerated() {
            line.append(byte)
            let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: "\n")
            guard byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") && next != UInt8(ascii: "\n") else {
                continue
            }
            lines.append(line)
            line = []
        }
        return lines
    }

    private static func event(_ bytes: [UInt8]) -> EngineEvent {
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = lines(of: bytes).map { $0.filter { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") } }
            .filter { !$0.isEmpty }
        if lines.allSatisfy({ $0.first == UInt8(ascii: ":") }) { return .alive }
        var data: [[UInt8]] = []
        for line in lines where line.starts(with: "data:".utf8) {
            let value = line.dropFirst(5)
            data.append(Array(value.first == UInt8(ascii: " ") ? value.dropFirst() : value))
        }
        let joined = Array(data.joined(separator: [UInt8(ascii: "\n")]))
        return .serverSent(text: text, data: data.isEmpty ? nil : try? JSON(parsing: joined))
    }
}
