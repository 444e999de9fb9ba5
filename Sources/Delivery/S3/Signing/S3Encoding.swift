/// Text as it stands in the URLs that S3 signs.
///
/// What is signed is also what is sent: a server that decodes and encodes again gets the same text, and one that takes it
/// as it came does, too.
enum S3Encoding {
    /// A key as a path. S3 differs from Amazon's other services here: the path is encoded once, not twice, and neither
    /// `//` nor `.` is taken out of it.
    static func path(_ key: String) -> String { encode(key, keeping: UInt8(ascii: "/")) }

    /// Parameters in the order of their encoded names, then values; each with its `=`, also the empty ones.
    static func query(_ parameters: [(name: String, value: String)]) -> String {
        parameters.map { (encode($0.name), encode($0.value)) }
            .sorted { $0.0 == $1.0 ? isBefore($0.1, $1.1) : isBefore($0.0, $1.0) }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    /// Everything but letters, digits, `-`, `.`, `_` and `~` as `%XX`.
    static func encode(_ text: String, keeping kept: UInt8? = nil) -> String {
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) || byte == kept {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "-._~".utf8.contains(byte)
        }
    }

    private static let digits = Array("0123456789ABCDEF".utf8)

    /// By code point. Swift's own order of strings is the same for ASCII, which is all there is after encoding; this one
    /// says so.
    private static func isBefore(_ one: String, _ other: String) -> Bool {
        one.utf8.lexicographicallyPrecedes(other.utf8)
    }
}
