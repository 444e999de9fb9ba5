import HTTPTransport

/// A URL from a job, or from a redirect: `http` or `https`, nothing before the host, no character that URLs cannot hold.
struct SourceURL: Hashable, Sendable {
    private let scheme: String
    /// Host and port as written. All that errors say of a URL: its path and its query may hold a secret.
    let authority: String
    /// Path and query.
    private let target: String

    private init(scheme: String, authority: String, target: some StringProtocol) {
        self.scheme = scheme
        self.authority = authority
        self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
    }

    init(_ text: some StringProtocol) throws(AttachmentError) {
        let text = text.urlInASCII
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }) else {
            throw AttachmentError(.invalidURL, "the URL holds a space, a backslash or a control character")
        }
        guard let separator = text.firstRange(of: "://"),
            ["http", "https"].contains(text[..<separator.lowerBound].lowercased())
        else { throw AttachmentError(.invalidURL, "the URL does not begin with http:// or https://") }
        let rest = text[separator.upperBound...].prefix { $0 != "#" }
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard !authority.contains("@") else {
            throw AttachmentError(.invalidURL, "the URL holds credentials; leave out what stands before the @")
        }
        guard !authority.isEmpty, authority.first != ":" else {
            throw AttachmentError(.invalidURL, "the URL names no host")
        }
        self.init(
            scheme: text[..<separator.lowerBound].lowercased(),
            authority: String(authority),
            target: rest[authority.endIndex...]
        )
    }

    /// What to hand to the transport.
    var text: String { "\(scheme)://\(authority)\(target)" }

    /// Where a redirect's `Location` leads, seen from here.
    func resolving(_ location: some StringProtocol) throws(AttachmentError) -> SourceURL {
        let location = location.urlInASCII
        if let colon = location.firstIndex(of: ":"), location[..<colon].allSatisfy(\.isLetter) {
            return try SourceURL(location)
        }
        if location.hasPrefix("//") { return try SourceURL("\(scheme):\(location)") }
        let path = target.prefix { $0 != "?" }
        return switch location.first {
        case "/": try SourceURL("\(scheme)://\(authority)\(location)")
        case "?", "#", nil: try SourceURL("\(scheme)://\(authority)\(path)\(location)")
        default:
            try SourceURL("\(scheme)://\(authority)\(path[...(path.lastIndex(of: "/") ?? path.startIndex)])\(location)")
        }
    }
}
