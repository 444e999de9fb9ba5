// Kept out of line: what is thrown once a text must not weigh on what runs once a byte.
extension Parser {
    @inline(never)
    func failure(_ message: String, at offset: Int? = nil) -> JSON.ParseError {
        JSON.ParseError(message: message, offset: offset ?? position)
    }

    @inline(never)
    func expected(_ what: String) -> JSON.ParseError {
        failure("expected \(what) but \(found)")
    }

    /// What stands at the cursor, for a person. A whole word, because `NaN` and `None` tell at once which program wrote
    /// the text.
    private var found: String {
        guard position < bytes.count else { return "the text ends" }
        let word = bytes[position...].prefix(16).prefix { Character(Unicode.Scalar($0)).isASCIILetter }
        if !word.isEmpty { return "found '\(String(decoding: word, as: UTF8.self))'" }
        let byte = bytes[position]
        return (0x20..<0x7F).contains(byte) ? "found '\(Unicode.Scalar(byte))'" : "found the byte \(hexadecimal(byte))"
    }

    func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "0x" + (digits.count < 2 ? "0" : "") + digits
    }
}

extension Character {
    fileprivate var isASCIILetter: Bool { isASCII && isLetter }
}
