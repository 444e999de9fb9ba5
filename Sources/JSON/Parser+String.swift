extension Parser {
    /// A string, with the cursor on its opening quote.
    mutating func string() throws(JSON.ParseError) -> String {
        let start = position + 1
        let run = plainRun(of: bytes, from: start)
        position = run.end
        guard next == .quote else { return try stringWithEscapes(from: start, run) }
        position += 1
        if !run.isASCII { try checkUTF8(start..<run.end) }
        return String(decoding: UnsafeBufferPointer(rebasing: bytes[start..<run.end]), as: UTF8.self)
    }

    /// The rest of a string that did not end with its first plain run: at an escape, or at a fault.
    private mutating func stringWithEscapes(from start: Int, _ first: PlainRun) throws(JSON.ParseError) -> String {
        scratch.removeAll(keepingCapacity: true)
        var runStart = start
        var run = first
        var isASCII = true
        while true {
            isASCII = isASCII && run.isASCII
            scratch.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[runStart..<run.end]))
            position = run.end
            switch next {
            case .quote:
                // The text between the quotes is checked as it stands, so that a fault is told at its own place.
                if !isASCII { try checkUTF8(start..<position) }
                position += 1
                return String(decoding: scratch, as: UTF8.self)
            case .backslash:
                try escape()
            case _ where position == bytes.count:
                throw expected("a closing quote")
            case let byte:
                throw failure("unescaped control character \(hexadecimal(byte)) in a string")
            }
            runStart = position
            run = plainRun(of: bytes, from: position)
        }
    }

    private func checkUTF8(_ range: Range<Int>) throws(JSON.ParseError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.extracting(range).span)
        } catch {
            throw failure("invalid UTF-8", at: range.lowerBound + error.byteOffsets.lowerBound)
        }
    }

    /// Appends what an escape stands for, with the cursor on its backslash.
    private mutating func escape() throws(JSON.ParseError) {
        position += 1
        switch next {
        case .quote, .backslash, UInt8(ascii: "/"): scratch.append(next)
        case UInt8(ascii: "b"): scratch.append(0x08)
        case UInt8(ascii: "f"): scratch.append(0x0C)
        case UInt8(ascii: "n"): scratch.append(0x0A)
        case UInt8(ascii: "r"): scratch.append(0x0D)
        case UInt8(ascii: "t"): scratch.append(0x09)
        case UInt8(ascii: "u"):
            try unicodeEscape()
            return
        default: throw expected("one of \"\\/bfnrtu after a backslash")
        }
        position += 1
    }

    /// Appends the character of a `\u` escape or of a pair of them, with the cursor on the `u`.
    private mutating func unicodeEscape() throws(JSON.ParseError) {
        position += 1
        var scalar = try fourHexDigits()
        if scalar & 0xFC00 == 0xD800, let low = lowSurrogate() {
            scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
        }
        // No scalar: half of a pair. Python and JavaScript write such text when they cut a string in the middle of one.
        scratch.append(contentsOf: (Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
    }

    /// The second half of a pair, if that is what stands at the cursor. Anything else is left for the next turn.
    private mutating func lowSurrogate() -> UInt32? {
        let start = position
        guard skip(.backslash), skip(UInt8(ascii: "u")), let unit = try? fourHexDigits(), unit & 0xFC00 == 0xDC00 else {
            position = start
            return nil
        }
        return unit
    }

    private mutating func fourHexDigits() throws(JSON.ParseError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit =
                switch next {
                case UInt8(ascii: "0")...UInt8(ascii: "9"): next - .zero
                case UInt8(ascii: "a")...UInt8(ascii: "f"): next - UInt8(ascii: "a") + 10
                case UInt8(ascii: "A")...UInt8(ascii: "F"): next - UInt8(ascii: "A") + 10
                default: throw expected("four hexadecimal digits after \\u")
                }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
