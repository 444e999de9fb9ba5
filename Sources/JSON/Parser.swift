/// A cursor over the text. It must not outlive the buffer, so it never leaves the closure that lends it.
///
/// Over an unsafe buffer because this is the path of every token and every job.
struct Parser {
    let bytes: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    /// How many arrays and objects are open.
    var depth = 0
    /// The next byte to read.
    var position = 0
    /// Where strings with escapes are put together; kept for its capacity.
    var scratch: [UInt8] = []

    init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// The whole text: one value and white space.
    mutating func document() throws(JSON.ParseError) -> JSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            throw failure("unexpected byte order mark (JSON is UTF-8 without one)")
        }
        skipSpace()
        let value = try value()
        skipSpace()
        if position < bytes.count { throw expected("the end of the text") }
        return value
    }

    private mutating func value() throws(JSON.ParseError) -> JSON {
        switch next {
        case .quote: return .string(try string())
        case .openBrace: return .object(try object())
        case .openBracket: return .array(try array())
        case UInt8(ascii: "t") where skip("true"): return .bool(true)
        case UInt8(ascii: "f") where skip("false"): return .bool(false)
        case UInt8(ascii: "n") where skip("null"): return .null
        case let byte where byte == .minus || byte.isDigit: return .number(try number())
        default: throw expected("a value")
        }
    }

    private mutating func array() throws(JSON.ParseError) -> [JSON] {
        try open()
        var elements: [JSON] = []
        if close(with: .closeBracket) { return elements }
        repeat {
            skipSpace()
            elements.append(try value())
            skipSpace()
        } while skip(.comma)
        guard close(with: .closeBracket) else { throw expected("',' or ']'") }
        return elements
    }

    private mutating func object() throws(JSON.ParseError) -> JSON.Object {
        try open()
        var members: [JSON.Object.Member] = []
        if close(with: .closeBrace) { return JSON.Object(members: members) }
        // Growing from one member at a time costs a quarter of the parse of a line of tokens.
        members.reserveCapacity(4)
        repeat {
            skipSpace()
            guard next == .quote else { throw expected("a name in double quotes") }
            let key = try string()
            skipSpace()
            guard skip(.colon) else { throw expected("':'") }
            skipSpace()
            members.append(JSON.Object.Member(key: key, value: try value()))
            skipSpace()
        } while skip(.comma)
        guard close(with: .closeBrace) else { throw expected("',' or '}'") }
        return JSON.Object(members: members)
    }

    private mutating func open() throws(JSON.ParseError) {
        guard depth < maximumDepth else { throw failure("nesting deeper than \(maximumDepth) levels") }
        depth += 1
        position += 1
        skipSpace()
    }

    private mutating func close(with bracket: UInt8) -> Bool {
        guard skip(bracket) else { return false }
        depth -= 1
        return true
    }
}

extension Parser {
    /// The byte at the cursor, or zero at the end: outside a string no rule of the grammar takes a zero byte.
    var next: UInt8 {
        @inline(__always) get { position < bytes.count ? bytes[position] : 0 }
    }

    /// Moves on if the byte at the cursor is this one.
    @inline(__always)
    mutating func skip(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    @inline(__always)
    private mutating func skip(_ word: StaticString) -> Bool {
        let end = position + word.utf8CodeUnitCount
        guard end <= bytes.count else { return false }
        for index in position..<end where bytes[index] != word.utf8Start[index - position] { return false }
        position = end
        return true
    }

    @inline(__always)
    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case .space, .lineFeed, .carriageReturn, .tab: position += 1
            default: return
            }
        }
    }
}
