import HTTPTransport

/// An `http` or `https` URL, taken apart as far as fetching needs: who is asked, and for what.
///
/// `description` leaves the query out, which in the signed URLs of content networks is a secret.
struct WebAddress: Sendable, Hashable, CustomStringConvertible {
    let isSecure: Bool
    /// Host and port, in lower case, without the scheme's own port.
    let authority: String
    /// Path and query; begins with `/`.
    let target: String

    init(isSecure: Bool, authority: String, target: String) {
        self.isSecure = isSecure
        self.authority = authority
        self.target = target
    }

    /// Nil for other schemes, names or passwords before the host, and characters that no URL may hold.
    init?(_ text: some StringProtocol) {
        let text = text.urlInASCII
        guard let scheme = text.firstRange(of: "://") else { return nil }
        switch text[..<scheme.lowerBound].lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: return nil
        }
        let rest = text[scheme.upperBound...].prefix { $0 != "#" }
        let host = rest.prefix { $0 != "/" && $0 != "?" }
        guard Self.isPlain(rest), Self.isAuthority(host) else { return nil }
        let usualPort = isSecure ? ":443" : ":80"
        let lowercased = host.lowercased()
        authority = lowercased.hasSuffix(usualPort) ? String(lowercased.dropLast(usualPort.count)) : lowercased
        let path = rest[host.endIndex...]
        target = path.hasPrefix("/") ? String(path) : "/\(path)"
    }

    /// What to hand to the transport.
    var url: String { "\(isSecure ? "https" : "http")://\(authority)\(target)" }

    /// For people: no query.
    var description: String { "\(isSecure ? "https" : "http")://\(authority)\(path)" }

    /// The target up to its query.
    var path: Substring { target.prefix { $0 != "?" } }

    /// The host without its port.
    var host: Substring {
        guard authority.hasPrefix("[") else { return authority.prefix { $0 != ":" } }
        return authority.dropFirst().prefix { $0 != "]" }
    }

    /// Scheme, host and port: what a secret belongs to.
    var originOnly: WebAddress { with(target: "/") }

    /// Where a `Location` leads, seen from here; nil if that is not a URL.
    func resolving(_ location: some StringProtocol) -> WebAddress? {
        let location = location.urlInASCII
        guard Self.isPlain(location) else { return nil }
        if let colon = location.firstIndex(of: ":"), location[..<colon].allSatisfy({ $0.isLetter }) {
            return WebAddress(location)
        }
        if location.hasPrefix("//") { return WebAddress("\(isSecure ? "https" : "http"):\(location)") }
        let reference = String(location.prefix { $0 != "#" })
        if reference.hasPrefix("/") { return with(target: reference) }
        if reference.hasPrefix("?") { return with(target: path + reference) }
        return with(target: path[...(path.lastIndex(of: "/") ?? path.startIndex)] + reference)
    }

    private func with(target: some StringProtocol) -> WebAddress {
        WebAddress(isSecure: isSecure, authority: authority, target: String(target))
    }

    /// `HOST`, `HOST:PORT` or `[ADDRESS]:PORT`: one host that everybody who reads it takes for the same.
    private static func isAuthority(_ text: Substring) -> Bool {
        let end =
            text.first == "["
            ? text.firstIndex(of: "]").map(text.index(after:)) : text.firstIndex(of: ":") ?? text.endIndex
        guard let end, end > text.startIndex, !text.contains("@"), !text.contains("\\") else { return false }
        let port = text[end...]
        return port.isEmpty || port.first == ":" && port.count > 1 && port.dropFirst().allSatisfy(\.isNumber)
    }

    private static func isPlain(_ text: some StringProtocol) -> Bool {
        text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}
