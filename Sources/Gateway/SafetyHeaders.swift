import Crypto
import HTTPTypes

extension HTTPFields {
    /// What every answer says to browsers and caches.
    ///
    /// Nothing is to be kept: prompts and outputs are their owner's. Nothing is to be taken for what it is not: a model's
    /// output may look like a page. And a link that is followed from here does not tell from where.
    mutating func addSafetyHeaders() {
        self[.cacheControl] = "no-store"
        self[.xContentTypeOptions] = "nosniff"
        if let referrerPolicy = Self.referrerPolicy { self[referrerPolicy] = "no-referrer" }
    }

    /// What a page says besides: it may load, run and call nothing but what it came with.
    mutating func addPagePolicy(style: String, script: String) {
        self[.contentSecurityPolicy] = [
            "default-src 'none'", "style-src '\(Self.source(style))'", "script-src '\(Self.source(script))'",
            "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
        // For browsers that do not know frame-ancestors.
        if let frameOptions = Self.frameOptions { self[frameOptions] = "DENY" }
    }

    private static let referrerPolicy = HTTPField.Name("Referrer-Policy")
    private static let frameOptions = HTTPField.Name("X-Frame-Options")

    private static func source(_ text: String) -> String {
        "sha256-" + base64(Array(SHA256.hash(data: Array(text.utf8))))
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        return stride(from: 0, to: bytes.count, by: 3).map { start in
            let group = bytes[start..<Swift.min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            let digits = (0...group.count).map { alphabet[bits >> (18 - 6 * $0) & 63] }
            return String(digits) + String(repeating: "=", count: 3 - group.count)
        }.joined()
    }
}
