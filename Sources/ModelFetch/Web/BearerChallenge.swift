/// What a registry asks for with `WWW-Authenticate: Bearer realm="…",service="…",scope="…"`: a token from somewhere else.
struct BearerChallenge: Sendable, Hashable {
    /// Where tokens are given out.
    let realm: WebAddress
    let service: String?
    let scope: String?

    /// Nil unless it is a challenge of this kind with a realm that is a URL.
    init?(_ header: String) {
        let scheme = header.prefix { $0 != " " }
        guard scheme.lowercased() == "bearer" else { return nil }
        let parameters = Self.parameters(of: header[scheme.endIndex...])
        guard let realm = parameters["realm"].flatMap({ WebAddress($0) }) else { return nil }
        self.realm = realm
        service = parameters["service"]
        scope = parameters["scope"]
    }

    /// The request for a token, as the distribution protocol has it.
    var tokenAddress: WebAddress {
        let named = [("service", service), ("scope", scope)]
        let query = named.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
        guard !query.isEmpty else { return realm }
        let separator = realm.target.contains("?") ? "&" : "?"
        return WebAddress(
            isSecure: realm.isSecure,
            authority: realm.authority,
            target: realm.target + separator + query.joined(separator: "&")
        )
    }

    /// `name=value` or `name="value"`, separated by commas; commas stand within quotes, too, in a scope.
    private static func parameters(of text: Substring) -> [String: String] {
        var found: [String: String] = [:]
        var rest = text
        while let equals = rest.firstIndex(of: "=") {
            let name = rest[..<equals].filter { $0 != " " && $0 != "," }.lowercased()
            rest = rest[rest.index(after: equals)...]
            let value: Substring
            if rest.first == "\"" {
                value = rest.dropFirst().prefix { $0 != "\"" }
                rest = rest[value.endIndex...].dropFirst()
            } else {
                value = rest.prefix { $0 != "," }
                rest = rest[value.endIndex...]
            }
            if found[name] == nil { found[name] = String(value) }
        }
        return found
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.reduce(into: "") { encoded, byte in
            let character = Character(Unicode.Scalar(byte))
            let isUnreserved =
                byte < 0x80 && (character.isLetter || character.isNumber || "-._~:/,".contains(character))
            if isUnreserved {
                encoded.append(character)
            } else {
                encoded += byte < 16 ? "%0\(String(byte, radix: 16))" : "%\(String(byte, radix: 16))"
            }
        }
    }
}
