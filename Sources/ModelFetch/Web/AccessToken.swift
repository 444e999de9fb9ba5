/// A token that opens gated models, and the only hosts that ever get to see it.
public struct AccessToken: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Where `HF_TOKEN` belongs.
    public static let huggingFaceHosts: Set<String> = ["huggingface.co", "hf.co"]

    private let value: String
    private let hosts: Set<String>
    private let needsTLS: Bool

    /// A token of Hugging Face: for its hosts, over TLS. Nil for an empty one or one that no header can hold.
    public init?(huggingFace value: String) {
        // One that was read from a file brings the file's line feed.
        let value = value.split(whereSeparator: \.isWhitespace)
        guard value.count == 1 else { return nil }
        self.init(String(value[0]), for: Self.huggingFaceHosts, needsTLS: true)
    }

    /// - Parameters:
    ///   - hosts: authorities, `HOST` or `HOST:PORT`
    ///   - needsTLS: false only in tests, whose servers have no certificate
    init?(_ value: String, for hosts: Set<String>, needsTLS: Bool) {
        guard !value.isEmpty, value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.value = value
        self.hosts = hosts
        self.needsTLS = needsTLS
    }

    /// The header's value for a request to this address; nil: it must not be sent there.
    func authorization(for address: WebAddress) -> String? {
        hosts.contains(address.authority) && (address.isSecure || !needsTLS) ? "Bearer \(value)" : nil
    }

    /// Never the token.
    public var description: String { "a token for \(hosts.sorted().joined(separator: ", "))" }
    /// Never the token.
    public var debugDescription: String { description }
    /// Never the token.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
