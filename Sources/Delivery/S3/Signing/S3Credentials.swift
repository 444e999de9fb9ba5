/// A key to a bucket: an id and a secret. Neither is ever shown; also the id tells a stranger which account to try.
struct S3Credentials: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let id: String
    let secret: String

    /// Nil for one that no request could carry: empty, or with characters that a header or the credential scope, whose
    /// parts a slash and a comma separate, cannot hold.
    init?(id: String, secret: String) {
        let id = Self.trimmed(id)
        let secret = Self.trimmed(secret)
        guard (1...1024).contains(id.utf8.count),
            id.utf8.allSatisfy({ Self.isVisible($0) && $0 != 0x2C && $0 != 0x2F }),
            (1...1024).contains(secret.utf8.count), secret.utf8.allSatisfy(Self.isVisible)
        else { return nil }
        self.id = id
        self.secret = secret
    }

    /// Never the key.
    var description: String { "a key" }
    /// Never the key.
    var debugDescription: String { description }
    /// Never the key.
    var customMirror: Mirror { Mirror(self, children: []) }

    /// One that was read from a file brings the file's line feed.
    private static func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }),
            let last = text.lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(text[first...last])
    }

    private static func isVisible(_ byte: UInt8) -> Bool { byte > 0x20 && byte < 0x7F }
}
