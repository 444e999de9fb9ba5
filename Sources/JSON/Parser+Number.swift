extension Parser {
    /// A number, with the cursor on its sign or first digit.
    mutating func number() throws(JSON.ParseError) -> JSON.Number {
        let start = position
        _ = skip(.minus)
        if skip(.zero) {
            if next.isDigit { throw failure("leading zero in a number", at: position - 1) }
        } else {
            try digits(after: "'-'")
        }
        if skip(.point) { try digits(after: "'.'") }
        if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
            _ = skip(.plus) || skip(.minus)
            try digits(after: "the exponent's 'e'")
        }
        return JSON.Number(
            checked: String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<position]), as: UTF8.self)
        )
    }

    private mutating func digits(after what: StaticString) throws(JSON.ParseError) {
        guard next.isDigit else { throw expected("a digit after \(what)") }
        repeat { position += 1 } while next.isDigit
    }
}
