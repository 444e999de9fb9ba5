/// The few words that are wanted of a server's XML.
///
/// No parser: it is searched for one element without children, within a limit, and nothing in it is followed, included or
/// expanded. So whatever else a hostile answer holds has no effect.
struct S3Answer: Sendable {
    /// Real answers are below 2 KB.
    static let limit = 64 << 10
    private static let longestText = 1024

    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What went wrong, in S3's words: `NoSuchBucket`. Nil for anything but a word, because it goes into messages.
    var code: String? {
        text(of: "Code").flatMap { $0.utf8.count <= 64 && $0.utf8.allSatisfy(S3Encoding.isUnreserved) ? $0 : nil }
    }

    /// Where the bucket is: `eu-west-1`. Nil for what cannot be a region.
    var region: String? { text(of: "Region").flatMap(Self.region) }

    /// The text of the first such element, its entities resolved; nil if there is none, if it has children or control
    /// characters, or is longer than any that is wanted.
    func text(of element: String) -> String? {
        let start = Array("<\(element)>".utf8)
        guard let begin = bytes.firstRange(of: start)?.upperBound else { return nil }
        let rest = bytes[begin...].prefix(Self.longestText + 1)
        guard let end = rest.firstIndex(of: UInt8(ascii: "<")), bytes[end...].starts(with: "</\(element)>".utf8),
            let text = String(validating: rest[..<end], as: UTF8.self).flatMap(Self.resolved),
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }), !text.isEmpty
        else { return nil }
        return text
    }

    /// A text that is a region's name as servers and endpoints write it; nil for another.
    static func region(_ text: String) -> String? {
        let isWord = text.utf8.allSatisfy { S3Encoding.isUnreserved($0) && $0 != 0x7E }
        return (1...64).contains(text.utf8.count) && isWord ? text : nil
    }

    /// As it stands in an element. By scalars: `<` with an accent is another character, but its first byte opens a tag.
    static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    /// Knows the five entities that every XML has; nil for others, which a document could define as it likes.
    private static func resolved(_ text: String) -> String? {
        let entities = ["amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"]
        let parts = text.unicodeScalars.split(separator: "&", omittingEmptySubsequences: false)
        var resolved = String(parts[0])
        for part in parts.dropFirst() {
            guard let end = part.firstIndex(of: ";"), let entity = entities[String(part[..<end])] else { return nil }
            resolved += entity + String(part[part.index(after: end)...])
        }
        return resolved
    }
}
