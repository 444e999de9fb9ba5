/// The small forms of text in OpenTelemetry's variables.
enum OTLPText {
    /// Without blanks around it; nil if it is no UTF-8 once decoded.
    static func percentDecoded(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = hexByte(rest.prefix(2)) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        let blanks: Set = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        let trimmed = bytes.drop { blanks.contains($0) }.reversed().drop { blanks.contains($0) }.reversed()
        return String(validating: trimmed, as: UTF8.self)
    }

    private static func hexByte(_ digits: ArraySlice<UInt8>) -> UInt8? {
        // `UInt8("+1", radix: 16)` is a number, too.
        guard digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    static func isHTTP(_ url: String) -> Bool {
        guard let rest = afterScheme(url)?.rest, url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return false }
        return !rest.prefix { !"/?#".contains($0) }.isEmpty
    }

    /// Without user, password, query and fragment, any of which may hold a token.
    static func withoutSecrets(_ url: String) -> String {
        guard let (scheme, rest) = afterScheme(url) else { return "the collector" }
        let plain = rest.prefix { $0 != "?" && $0 != "#" }
        let authority = plain.prefix { $0 != "/" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        return "\(scheme)\(host)\(plain.dropFirst(authority.count))"
    }

    /// Whether a URL leads to this machine: such a collector is never behind a proxy.
    static func isLoopback(_ url: String) -> Bool {
        let host = withoutSecrets(url).split(separator: "/").dropFirst().first?.lowercased() ?? ""
        return ["localhost", "[::1]"].contains { host == $0 || host.hasPrefix("\($0):") }
            || host.wholeMatch(of: /127\.[0-9]+\.[0-9]+\.[0-9]+(:[0-9]+)?/) != nil
    }

    /// What a header's name may be.
    static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default:
                    "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
    }

    private static func afterScheme(_ url: String) -> (scheme: String, rest: Substring)? {
        let lowercased = url.prefix(8).lowercased()
        return ["http://", "https://"].first { lowercased.hasPrefix($0) }.map { ($0, url.dropFirst($0.count)) }
    }
}
