/// The last lines of a child, short enough for an error message.
struct LineTail {
    static let maximumCount = 20
    static let maximumLength = 1_000

    private(set) var lines: [String] = []

    mutating func append(_ line: String) {
        if lines.count == Self.maximumCount { lines.removeFirst() }
        // Bytes are counted first because that is cheap: counting characters walks the whole line.
        let isLong = line.utf8.count > Self.maximumLength && line.count > Self.maximumLength
        lines.append(isLong ? line.prefix(Self.maximumLength) + "…" : line)
    }
}
