/// What a text is that stands where an engine expects a picture, a sound or a file.
enum MediaText: Hashable {
    /// The data itself, in base64 or as a `data:` URL; about so many bytes once decoded.
    case data(bytes: Int)
    /// An `http` or `https` URL.
    case remote
    /// A URL of another scheme, in lower case. `file:` opens files of this machine in some engines.
    case foreign(scheme: String)
    /// Neither a URL nor base64. Some engines take such a text for a path on this machine.
    case path

    init(_ text: String) {
        let bytes = text.utf8
        guard let (scheme, rest) = Self.scheme(of: bytes) else {
            self = Self.isBase64(bytes) ? .data(bytes: bytes.count / 4 * 3) : .path
            return
        }
        switch scheme {
        case "http", "https": self = .remote
        case "data": self = .data(bytes: Self.size(ofData: bytes[rest...]))
        default: self = .foreign(scheme: scheme)
        }
    }

    /// The scheme, read as the most generous reader would: blanks and control characters are passed over, because
    /// Python's URL parser drops them, so that a `ht\ntp://` would reach the network there.
    private static func scheme(of text: String.UTF8View) -> (String, String.Index)? {
        var scheme: [UInt8] = []
        for index in text.indices {
            switch text[index] {
            case 0...0x20, 0x7F: continue
            case UInt8(ascii: ":"):
                guard !scheme.isEmpty else { return nil }
                return (String(decoding: scheme, as: UTF8.self).lowercased(), text.index(after: index))
            case let byte where isSchemeByte(byte) && scheme.count < 32: scheme.append(byte)
            default: return nil
            }
        }
        return nil
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || "+-.".utf8.contains(byte)
    }

    /// Whether all of the text is of base64's digits. By a table over the bytes where they lie: 20 MB are as many as a job
    /// may have, and nobody else runs on this thread meanwhile.
    private static func isBase64(_ text: String.UTF8View) -> Bool {
        digits.withUnsafeBufferPointer { digits in
            text.withContiguousStorageIfAvailable { bytes in bytes.allSatisfy { digits[Int($0)] } }
                ?? text.allSatisfy { digits[Int($0)] }
        }
    }

    /// Both alphabets, the padding, and the line breaks that some encoders put in.
    private static let digits = (UInt8.min...UInt8.max).map { isLetterOrDigit($0) || "+/-_=\n\r".utf8.contains($0) }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// Of what stands after `data:`.
    private static func size(ofData text: Substring.UTF8View) -> Int {
        guard let comma = text.firstIndex(of: UInt8(ascii: ",")) else { return text.count }
        let payload = text[comma...].count - 1
        return text[..<comma].suffix(7).elementsEqual(";base64".utf8) ? payload / 4 * 3 : payload
    }
}

extension String {
    /// The base64 text of a `data:` URL; nil for everything else.
    var base64OfDataURL: String? {
        guard utf8.prefix(5).map({ $0 | 0x20 }) == Array("data:".utf8),
            let comma = utf8.firstIndex(of: UInt8(ascii: ",")),
            utf8[..<comma].suffix(7).elementsEqual(";base64".utf8)
        else { return nil }
        return String(self[utf8.index(after: comma)...])
    }
}
