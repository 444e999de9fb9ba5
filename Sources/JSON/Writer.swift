extension JSON {
    /// The compact text in UTF-8: no white space, numbers as they are, non-ASCII characters as themselves.
    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(into: &bytes)
        return bytes
    }

    /// Appends the compact text in UTF-8, so that a body or a line is put together without copies.
    public func write(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append("null")
        case .bool(true): bytes.append("true")
        case .bool(false): bytes.append("false")
        case .number(let number): bytes.append(number.text)
        case .string(let string): bytes.append(quoted: string)
        case .array(let elements): bytes.append(elements)
        case .object(let object): object.write(into: &bytes)
        }
    }
}

extension JSON.Object {
    /// Appends the compact text in UTF-8, as ``JSON/write(into:)``.
    public func write(into bytes: inout [UInt8]) {
        bytes.append(.openBrace)
        var isFirst = true
        for member in members {
            if !isFirst { bytes.append(.comma) }
            isFirst = false
            bytes.append(quoted: member.key)
            bytes.append(.colon)
            member.value.write(into: &bytes)
        }
        bytes.append(.closeBrace)
    }
}

extension JSON: CustomStringConvertible {
    /// The compact text.
    public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension JSON.Object: CustomStringConvertible {
    /// The compact text.
    public var description: String { JSON.object(self).description }
}

extension [UInt8] {
    fileprivate mutating func append(_ text: String) {
        text.utf8.span.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    fileprivate mutating func append(_ elements: [JSON]) {
        append(.openBracket)
        var isFirst = true
        for element in elements {
            if !isFirst { append(.comma) }
            isFirst = false
            element.write(into: &self)
        }
        append(.closeBracket)
    }

    fileprivate mutating func append(quoted string: String) {
        append(.quote)
        string.utf8.span.withUnsafeBufferPointer { text in
            var position = 0
            while true {
                let end = plainRun(of: text, from: position).end
                append(contentsOf: UnsafeBufferPointer(rebasing: text[position..<end]))
                guard end < text.count else { break }
                append(escaped: text[end])
                position = end + 1
            }
        }
        append(.quote)
    }

    private mutating func append(escaped byte: UInt8) {
        switch byte {
        case .quote: append(#"\""#)
        case .backslash: append(#"\\"#)
        case 0x08: append(#"\b"#)
        case .tab: append(#"\t"#)
        case .lineFeed: append(#"\n"#)
        case 0x0C: append(#"\f"#)
        case .carriageReturn: append(#"\r"#)
        default: append((byte < 0x10 ? #"\u000"# : #"\u00"#) + String(byte, radix: 16))
        }
    }
}
