/// The part of a URL that names its server: without user, password, path and query, which may hold secrets.
struct WebOrigin: Sendable, Hashable {
    /// `https://api.runpod.ai`.
    let text: String

    /// Nil: the text is no URL of the web.
    init?(_ url: String) {
        guard let scheme = ["https://", "http://"].first(where: { url.lowercased().hasPrefix($0) }) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        guard !host.isEmpty, host.first != ":", host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !host.contains("$")
        else { return nil }
        text = scheme + host
    }
}
