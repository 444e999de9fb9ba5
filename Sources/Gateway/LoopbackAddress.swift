/// Tells addresses of this machine from those that others reach.
public enum LoopbackAddress {
    /// Whether this is `localhost`, `::1` (with or without brackets) or one of 127.0.0.0/8.
    ///
    /// Only four plain numbers count as an address: `127.evil.example` is a name that may resolve to anything.
    public static func isOne(_ host: String) -> Bool {
        switch host.lowercased() {
        case "localhost", "::1", "[::1]": true
        default: octets(of: host)?.first == 127
        }
    }

    /// The host as a URL has it: an IPv6 address in brackets, all else unchanged.
    public static func urlHost(_ host: String) -> String {
        host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
    }

    private static func octets(of host: String) -> [UInt8]? {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        // UInt8's own parser also takes signs and leading zeros.
        let octets = parts.compactMap { part in UInt8(part).flatMap { String($0) == part ? $0 : nil } }
        return parts.count == 4 && octets.count == 4 ? octets : nil
    }
}
