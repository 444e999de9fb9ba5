public import Crypto

extension BlobDigest {
    /// The digest of bytes in memory.
    public init(of bytes: [UInt8]) {
        self.init(SHA256.hash(data: bytes))
    }

    /// The digest that a hash function has come to.
    public init(_ digest: SHA256Digest) {
        self.init(digits: digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }
}
