/// `Content-Range: bytes 0-99/1000`: which part of the whole an answer is.
struct ContentRange: Sendable, Hashable {
    let bytes: Range<Int>
    /// The size of the whole; nil where the server does not know it (`*`).
    let total: Int?

    /// Nil for anything else, numbers that do not fit and ranges that end before they begin included.
    init?(_ header: String) {
        let words = header.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let parts = words[1].split(separator: "/", omittingEmptySubsequences: false)
        let ends = parts.first?.split(separator: "-", omittingEmptySubsequences: false) ?? []
        guard parts.count == 2, ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]),
            first >= 0, last >= first, last < .max
        else { return nil }
        if parts[1] == "*" {
            total = nil
        } else {
            guard let size = Int(parts[1]), size > last else { return nil }
            total = size
        }
        bytes = first..<(last + 1)
    }
}

extension Range<Int> {
    /// The value of a `Range` header that asks for these bytes.
    var header: String { "bytes=\(lowerBound)-\(upperBound - 1)" }
}
