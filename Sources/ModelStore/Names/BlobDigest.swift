/// The SHA-256 that names a blob: `sha256:HEX` in manifests, `sha256-HEX` as a file.
public struct BlobDigest: Sendable, Hashable, CustomStringConvertible {
    /// 64 lower-case hexadecimal digits.
    public let hex: String

    /// The digest of these 64 lower-case hexadecimal digits; nil for anything else.
    ///
    /// Strict, because it becomes part of a path: a manifest from elsewhere may say `sha256:../../etc/passwd`.
    public init?(hex: some StringProtocol) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(\.isLowerCaseHexDigit) else { return nil }
        self.hex = String(hex)
    }

    /// The digest written as `sha256:HEX`; nil for anything else.
    public init?(_ text: String) {
        guard text.hasPrefix("sha256:") else { return nil }
        self.init(hex: text.dropFirst(7))
    }

    /// The digest in a blob's file name, `sha256-HEX`; nil for anything else, partial downloads among it.
    public init?(fileName: String) {
        guard fileName.hasPrefix("sha256-") else { return nil }
        self.init(hex: fileName.dropFirst(7))
    }

    /// Digits that a hash function gave.
    init(digits: String) {
        hex = digits
    }

    /// `sha256-HEX`, the name of the blob's file.
    public var fileName: String { "sha256-\(hex)" }

    /// `sha256:HEX`, as manifests write it.
    public var description: String { "sha256:\(hex)" }
}

extension UInt8 {
    fileprivate var isLowerCaseHexDigit: Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self)
    }
}
