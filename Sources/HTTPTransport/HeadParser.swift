/// Status and headers of an answer.
struct ResponseHead: Sendable {
    var status: Int
    var headers = HTTPHeaders()
}

/// Puts the lines of an exchange's heads together and says which head is the answer's.
///
/// curl hands over every line of every head: interim 1xx answers, redirects that it follows, the answer, its trailers.
struct HeadParser {
    /// The next step after a line.
    enum Step {
        case more
        /// The answer's head is complete.
        case complete(ResponseHead)
        /// More bytes of head lines than allowed, all heads and trailers together: an endless head or an endless row of 1xx.
        case tooLarge
    }

    private let maximumBytes: Int
    private let followsRedirects: Bool
    private var bytes = 0
    private var head: ResponseHead?
    /// The head's last line has come; it is the answer's unless curl follows it.
    private var hasEnded = false
    private var isComplete = false

    init(maximumBytes: Int, followsRedirects: Bool = false) {
        self.maximumBytes = maximumBytes
        self.followsRedirects = followsRedirects
    }

    /// A head that looked like a redirect to follow and turned out to be the answer: its body came, or its end.
    mutating func settle() -> ResponseHead? {
        // Without its last line it is no head, though curl is content when a connection ends in the middle of one.
        guard !isComplete, hasEnded, let head else { return nil }
        isComplete = true
        return head
    }

    /// Takes one line with its line break.
    mutating func line(_ line: UnsafeRawBufferPointer) -> Step {
        bytes += line.count
        guard bytes <= maximumBytes else { return .tooLarge }
        guard !isComplete else { return .more }  // a trailer
        let text = line[...].trimmingLineBreak
        if text.starts(with: "HTTP/".utf8) {
            head = ResponseHead(status: Self.status(of: text))
            hasEnded = false
            return .more
        }
        if text.isEmpty { return endOfHead() }
        if let first = text.first, first.isBlank {
            head?.headers.extendLast(by: String(decoding: text.trimmingBlanks, as: UTF8.self))
        } else if let colon = text.firstIndex(of: UInt8(ascii: ":")) {
            let name = String(decoding: text[..<colon].trimmingBlanks, as: UTF8.self)
            let value = String(decoding: text[(colon + 1)...].trimmingBlanks, as: UTF8.self)
            head?.headers.append(name: name, value: value)
        }
        return .more
    }

    private mutating func endOfHead() -> Step {
        guard let head, head.status >= 200 else { return .more }
        hasEnded = true
        if followsRedirects, (300..<400).contains(head.status), head.headers["Location"] != nil { return .more }
        isComplete = true
        return .complete(head)
    }

    /// The number after the first space: `HTTP/1.1 200 OK`, `HTTP/2 200`. curl has refused lines that are no status lines.
    private static func status(of line: Slice<UnsafeRawBufferPointer>) -> Int {
        let digits = line.drop { !$0.isBlank }.trimmingBlanks.prefix { !$0.isBlank }
        return Int(String(decoding: digits, as: UTF8.self)) ?? 0
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}

extension Slice<UnsafeRawBufferPointer> {
    fileprivate var trimmingLineBreak: Self {
        var text = self
        if text.last == UInt8(ascii: "\n") { text.removeLast() }
        if text.last == UInt8(ascii: "\r") { text.removeLast() }
        return text
    }

    fileprivate var trimmingBlanks: Self {
        var text = drop { $0.isBlank }
        while let last = text.last, last.isBlank { text.removeLast() }
        return text
    }
}
