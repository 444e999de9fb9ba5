@testable import JSON
import Testing

@Suite struct StringTests {
    @Test(
        arguments: [
            (#"\uD83D\uDE80"#, "\u{1F680}"), (#"\ud83d\ude80"#, "\u{1F680}"), (#"\uD800\uDC00"#, "\u{10000}"),
            (#"\uDBFF\uDFFF"#, "\u{10FFFF}"), (#"\uD7FF\uE000"#, "\u{D7FF}\u{E000}"),
        ])
    func `a surrogate pair is joined`(escaped: String, character: String) throws {
        #expect(try JSON(parsing: "\"\(escaped)\"") == .string(character))
    }

    @Test(
        arguments: [
            (#"\uD83D"#, "\u{FFFD}"), (#"\uDE80"#, "\u{FFFD}"), (#"a\uD83Db"#, "a\u{FFFD}b"),
            (#"\uD83D\n"#, "\u{FFFD}\n"),
            (#"\uDE80\uD83D"#, "\u{FFFD}\u{FFFD}"), (#"\uD83D\uD83D\uDE80"#, "\u{FFFD}\u{1F680}"),
            (#"\uDE80\uDE80"#, "\u{FFFD}\u{FFFD}"), (#"\uD83D\u0041"#, "\u{FFFD}A"), (#"\uD83DuDE80"#, "\u{FFFD}uDE80"),
            (#"\uD83D\\uDE80"#, "\u{FFFD}\\uDE80"),
        ])
    func `half of a surrogate pair becomes the replacement character`(escaped: String, text: String) throws {
        let parsed = try JSON(parsing: "\"\(escaped)\"")
        #expect(parsed.string.map { Array($0.utf8) } == Array(text.utf8))
    }

    /// (bytes between the quotes, where the fault begins among them)
    @Test(
        arguments: [
            ([0x80], 0), ([0xBF], 0), ([0x61, 0xFF], 1), ([0xFE], 0),  // bytes that cannot begin a character
            ([0xC3], 0), ([0xE2, 0x82], 0), ([0xF0, 0x9F, 0x9A], 0), ([0xC3, 0x61], 0),  // cut off
            ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xE0, 0x80, 0x80], 0), ([0xE0, 0x9F, 0xBF], 0),  // overlong
            ([0xF0, 0x80, 0x80, 0x80], 0), ([0xF0, 0x8F, 0xBF, 0xBF], 0), ([0xF8, 0x88, 0x80, 0x80, 0x80], 0),
            ([0xED, 0xA0, 0x80], 0), ([0xED, 0xBF, 0xBF], 0), ([0xED, 0xA0, 0xBD, 0xED, 0xB2, 0xA9], 0),  // surrogates
            ([0xF4, 0x90, 0x80, 0x80], 0), ([0xF5, 0x80, 0x80, 0x80], 0),  // above U+10FFFF
            ([0xC3, 0xA9, 0xE9], 2), ([0x5C, 0x6E, 0xE9], 2), ([0xE9, 0x5C, 0x6E], 0),  // behind and before good text
        ] as [([UInt8], Int)]
    )
    func `invalid UTF-8 is refused where it begins, in values and names`(bytes: [UInt8], offset: Int) {
        let padding = Array("0123456789abcdef".utf8)
        for (prefix, suffix) in [([], []), (padding, []), ([], padding), (padding, padding)] {
            let quoted = [0x22] + prefix + bytes + suffix + [0x22]
            let expected = JSON.ParseError.invalidUTF8(at: 1 + prefix.count + offset)
            #expect(throws: expected) { try JSON(parsing: quoted) }
            #expect(throws: expected.moved(by: 1)) { try JSON(parsing: Array("{".utf8) + quoted + Array(":1}".utf8)) }
        }
    }

    @Test func `every control character is refused bare and taken escaped`() throws {
        for byte: UInt8 in 0..<0x20 {
            // At each place within a word of eight bytes, and past the last whole word.
            for padding in 0..<10 {
                let before = [UInt8](repeating: 0x61, count: padding)
                let bare = [0x22] + before + [byte, 0x62, 0x22]
                #expect {
                    try JSON(parsing: bare)
                } throws: {
                    ($0 as? JSON.ParseError)?.offset == padding + 1
                }
            }
            let text = "a\(Unicode.Scalar(byte))b"
            #expect(try JSON(parsing: JSON.string(text).bytes) == .string(text))
        }
    }

    @Test func `a quote, a backslash and its escape are found at every place in a word`() throws {
        for padding in 0..<20 {
            for tail in ["", "é", "tail that is longer than a word"] {
                let text = String(repeating: "x", count: padding) + "\"\\\n" + tail
                let value = JSON.string(text)
                #expect(try JSON(parsing: value.bytes) == value)
                #expect(value.description == "\"\(String(repeating: "x", count: padding))\\\"\\\\\\n\(tail)\"")
            }
        }
    }

    @Test func `every scalar survives, written and escaped`() throws {
        for value in stride(from: UInt32(0x20), through: 0x10FFFF, by: 7) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let string = JSON.string(String(Character(scalar)))
            let escaped = scalar.utf16.reduce("") { text, unit in
                let digits = String(unit, radix: 16)
                return text + "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
            try #require(try JSON(parsing: string.bytes).bytes == string.bytes)
            try #require(try JSON(parsing: "\"\(escaped)\"").bytes == string.bytes)
        }
    }

    @Test func `a string of megabytes survives`() throws {
        let value = JSON.string(String(repeating: "line with \"quotes\" and ünïcödé\n", count: 100_000))
        #expect(try JSON(parsing: value.bytes).bytes == value.bytes)
    }
}

extension JSON.ParseError {
    fileprivate static func invalidUTF8(at offset: Int) -> Self {
        JSON.ParseError(message: "invalid UTF-8", offset: offset)
    }

    fileprivate func moved(by distance: Int) -> Self {
        JSON.ParseError(message: message, offset: offset + distance)
    }
}
