extension TestServer {
    /// One request, with its whole body.
    public struct Request: Sendable {
        /// For instance `POST`.
        public let method: String
        /// As it stood in the request line: path and query, still percent-encoded.
        public let target: String
        /// The target before `?`, still percent-encoded.
        public let path: String
        /// In the order and spelling in which they came.
        public let headers: [(name: String, value: String)]
        /// The body, with a chunked coding already taken off.
        public internal(set) var body: [UInt8] = []

        /// The first value of a header, whatever the case of its name.
        public func header(_ name: String) -> String? {
            headers.first { $0.name.equalsIgnoringCase(name) }?.value
        }

        /// The parameters behind `?`, percent-decoded; of a repeated one the last.
        public var query: [String: String] {
            guard target.utf8.count > path.utf8.count else { return [:] }
            var result: [String: String] = [:]
            for pair in target.dropFirst(path.count + 1).split(separator: "&") {
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                result[percentDecoded(parts[0])] = parts.count == 2 ? percentDecoded(parts[1]) : ""
            }
            return result
        }

        /// The body as text; invalid UTF-8 is repaired.
        public var text: String {
            String(decoding: body, as: UTF8.self)
        }

        /// - Parameter head: request line and header lines, without the empty line
        init(head: [UInt8]) throws {
            var lines = HeadLines(bytes: head)
            guard let line = lines.next() else { throw MalformedMessage(reason: "no request line") }
            let parts = line.split(separator: UInt8(ascii: " "))
            guard parts.count == 3, parts[2].starts(with: "HTTP/1.".utf8) else {
                throw MalformedMessage(reason: "request line \(String(decoding: line, as: UTF8.self))")
            }
            method = String(decoding: parts[0], as: UTF8.self)
            target = String(decoding: parts[1], as: UTF8.self)
            path = String(decoding: parts[1].prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
            headers = try lines.headers()
        }
    }
}

/// The lines of a message head. Iterating by hand costs a quarter of splitting into an array of slices.
struct HeadLines {
    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func next() -> ArraySlice<UInt8>? {
        guard position < bytes.count else { return nil }
        let begin = position
        let end = bytes[begin...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        position = end + 1
        return bytes[begin..<end].last == UInt8(ascii: "\r") ? bytes[begin..<end - 1] : bytes[begin..<end]
    }

    /// The rest as header lines.
    mutating func headers() throws -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        headers.reserveCapacity(12)
        while let line = next() {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                throw MalformedMessage(reason: "header line without a colon")
            }
            let value = line[(colon + 1)...].trimmingBlanks()
            headers.append((String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self)))
        }
        return headers
    }
}

extension ArraySlice<UInt8> {
    fileprivate func trimmingBlanks() -> ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return []
        }
        return self[first...last]
    }
}

extension String {
    func equalsIgnoringCase(_ other: String) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { $0 == $1 || ($0 ^ $1 == 0x20 && isLetter($0)) }
    }
}

private func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
}

private func percentDecoded(_ text: some StringProtocol) -> String {
    var result: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
            result.append(value)
            rest = rest.dropFirst(2)
        } else {
            result.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        }
    }
    return String(decoding: result, as: UTF8.self)
}
