/// Where a request goes, as far as errors may say it: no path, no query, no credentials.
struct Origin: Sendable, Hashable, CustomStringConvertible {
    let isSecure: Bool
    /// Host and port as the URL has them, `127.0.0.1:11434`.
    let authority: String
    /// Whether the URL has a name or a password before the host.
    let hasCredentials: Bool

    var description: String { authority }

    /// Takes the origin from an absolute URL; `nil` if it is not one of `http` or `https` with a host.
    init?(of url: String) {
        let bytes = url.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            bytes[colon...].starts(with: "://".utf8)
        else { return nil }
        switch url[..<colon].lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: return nil
        }
        let rest = bytes[bytes.index(colon, offsetBy: 3)...]
        let ends = "/?#".utf8
        let withCredentials = rest.prefix { !ends.contains($0) }
        let host = withCredentials.lastIndex(of: UInt8(ascii: "@")).map { withCredentials[bytes.index(after: $0)...] }
        guard let authority = String(host ?? withCredentials), authority.first.map({ $0 != ":" }) ?? false else {
            return nil
        }
        self.authority = authority
        hasCredentials = host != nil
    }
}
