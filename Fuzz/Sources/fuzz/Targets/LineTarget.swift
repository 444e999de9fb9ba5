import JSON

/// However a stream is cut into pieces, the lines are those that stand in it, up to the first that is too long.
enum LineTarget: FuzzTarget {
    static let name = "line-splitter"

    static func run(_ input: [UInt8]) {
        for limit in [16, 1 << 20] {
            let expected = Outcome(naively: input, limit: limit)
            for pieces in deliveries(of: input) {
                let outcome = Outcome(of: pieces, limit: limit)
                promise(outcome == expected, "the lines are \(expected), not \(outcome)")
            }
        }
    }

    private struct Outcome: Equatable {
        var lines: [[UInt8]] = []
        var isTooLong = false

        init(of pieces: [[UInt8]], limit: Int) {
            var splitter = LineSplitter(maximumLength: limit)
            for piece in pieces {
                do {
                    lines += try splitter.append(piece)
                } catch {
                    if !isTooLong { lines += error.linesBefore }
                    isTooLong = true
                }
            }
            if let last = splitter.finish() { lines.append(last) }
        }

        init(naively bytes: [UInt8], limit: Int) {
            let parts = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            for (index, part) in parts.enumerated() {
                let line = part.last == UInt8(ascii: "\r") ? part.dropLast() : part
                isTooLong = line.count > limit
                // Behind the last line feed there is a line only if something stands there.
                guard !isTooLong, index < parts.count - 1 || !part.isEmpty else { return }
                lines.append(Array(line))
            }
        }
    }
}
