/// Where a client wants its job's report to be posted, as far as the text alone can tell whether that will work. Where it
/// leads is seen by whoever connects.
struct WebhookURL {
    /// Longer than any that people use; each job keeps its own until it is forgotten.
    static let maximumLength = 2048

    /// As the client wrote it.
    let text: String

    /// - Throws: ``Refusal`` with status 422. It does not repeat the URL, which may hold a secret.
    init(_ text: String) throws(Refusal) {
        guard text.utf8.count <= Self.maximumLength else {
            throw Self.refusal("is longer than \(Self.maximumLength) bytes")
        }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw Self.refusal("holds a space, a backslash or a control character")
        }
        guard ["http://", "https://"].contains(Self.scheme(of: text).lowercased()) else {
            throw Self.refusal("does not begin with http:// or https://")
        }
        let authority = Self.authority(of: text)
        guard !authority.contains("@") else {
            throw Self.refusal("holds a name or a password before its host; put a secret into its path or query")
        }
        guard !authority.isEmpty, authority.first != ":" else { throw Self.refusal("names no host") }
        self.text = text
    }

    /// Scheme, host and port: what may be logged.
    static func origin(of text: String) -> String {
        "\(scheme(of: text))\(authority(of: text))"
    }

    private static func scheme(of text: String) -> Substring {
        text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? text.prefix(0)
    }

    private static func authority(of text: String) -> Substring {
        text[scheme(of: text).endIndex...].prefix { !"/?#".contains($0) }
    }

    private static func refusal(_ why: String) -> Refusal {
        Refusal(422, "\"webhook\" \(why). Send a URL such as https://example.org/hook.")
    }
}
