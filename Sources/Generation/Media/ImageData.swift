/// A picture that a job named by its URL and the worker has fetched.
public struct ImageData: Sendable, Hashable {
    /// `image/png`
    public let mediaType: String
    /// The whole file.
    public let bytes: [UInt8]

    /// A picture.
    public init(mediaType: String, bytes: [UInt8]) {
        self.mediaType = mediaType
        self.bytes = bytes
    }

    var dataURL: String { "data:\(mediaType);base64,\(base64)" }

    /// In RFC 4648's first alphabet, padded. Own code, because the standard library has none and Foundation would bring
    /// 44 MB for it.
    var base64: String {
        let count = (bytes.count + 2) / 3 * 4
        return String(unsafeUninitializedCapacity: count) { text in
            bytes.withUnsafeBufferPointer { bytes in
                Self.alphabet.withUnsafeBufferPointer { Self.encode(bytes, with: $0, into: text) }
            }
            return count
        }
    }

    private static func encode(
        _ bytes: UnsafeBufferPointer<UInt8>,
        with digits: UnsafeBufferPointer<UInt8>,
        into text: UnsafeMutableBufferPointer<UInt8>
    ) {
        var (start, end) = (0, 0)
        while start < bytes.count {
            let left = bytes.count - start
            let second = left > 1 ? UInt32(bytes[start + 1]) : 0
            let third = left > 2 ? UInt32(bytes[start + 2]) : 0
            let bits = UInt32(bytes[start]) << 16 | second << 8 | third
            text[end] = digits[Int(bits >> 18)]
            text[end + 1] = digits[Int(bits >> 12 & 63)]
            text[end + 2] = left > 1 ? digits[Int(bits >> 6 & 63)] : UInt8(ascii: "=")
            text[end + 3] = left > 2 ? digits[Int(bits & 63)] : UInt8(ascii: "=")
            start += 3
            end += 4
        }
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
}
