/// The URL of an S3 server, taken apart.
struct S3Endpoint: Sendable, Hashable {
    let isSecure: Bool
    /// Host and port as the `Host` header will have them: lower case, without the scheme's own port.
    let authority: String
    /// What stands between the host and the bucket, for instance `["storage", "v1", "s3"]`; often empty.
    let segments: [String]

    /// Nil unless it is an http or https URL of a host and plain path segments, without a name, a password, a query or a
    /// fragment.
    init?(_ text: String) {
        guard let colon = text.firstRange(of: "://") else { return nil }
        switch text[..<colon.lowerBound].lowercased() {
        case "http": isSecure = false
        case "https": isSecure = true
        default: return nil
        }
        let rest = text[colon.upperBound...]
        let authority = rest.prefix { $0 != "/" }.lowercased()
        guard Self.isAuthority(authority) else { return nil }
        let usualPort = isSecure ? ":443" : ":80"
        self.authority = authority.hasSuffix(usualPort) ? String(authority.dropLast(usualPort.count)) : authority
        segments = rest.dropFirst(authority.count).split(separator: "/").map(String.init)
        // Dots would be taken out of the path on the way, and the signature would be that of another one.
        guard segments.allSatisfy({ $0.utf8.allSatisfy(S3Encoding.isUnreserved) && $0 != "." && $0 != ".." }) else {
            return nil
        }
    }

    /// Without the port; an IPv6 address keeps its brackets.
    var host: Substring {
        guard authority.hasPrefix("[") else { return authority.prefix { $0 != ":" } }
        return authority[...(authority.firstIndex(of: "]") ?? authority.startIndex)]
    }

    private static func isAuthority(_ text: String) -> Bool {
        guard let first = text.first, first != ":", text.utf8.count <= 512 else { return false }
        if first == "[" {
            // Brackets around hexadecimal digits, colons and dots, then perhaps a port.
            guard let end = text.firstIndex(of: "]") else { return false }
            let address = text[text.index(after: text.startIndex)..<end]
            return !address.isEmpty && address.allSatisfy { $0.isASCII && $0.isHexDigit || $0 == ":" || $0 == "." }
                && isPort(text[text.index(after: end)...])
        }
        let host = text.prefix { $0 != ":" }
        return host.utf8.allSatisfy(S3Encoding.isUnreserved) && !host.hasPrefix(".") && !host.hasSuffix(".")
            && !host.contains("..") && isPort(text[host.endIndex...])
    }

    /// Nothing, or a colon and a number.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && UInt16(text.dropFirst()).map { $0 > 0 } ?? false
    }
}
