import JSON

/// JSON as Go's encoder writes it into a store: members sorted, `<`, `>` and `&` escaped, a line feed at the end.
///
/// A blob is named by its digest, so `{"stop":["<end>"]}` must be spelt as Ollama spells it, or the same model would have
/// another digest.
enum GoJSON {
    /// - Parameter sortsMembers: what Go has as a map is sorted, what it has as a struct is not
    static func bytes(_ json: JSON, sortsMembers: Bool = true) -> [UInt8] {
        escaped((sortsMembers ? sorted(json) : json).bytes) + [UInt8(ascii: "\n")]
    }

    private static func sorted(_ json: JSON) -> JSON {
        switch json {
        case .object(let object):
            var result = JSON.Object()
            // By bytes, as Go does, and not by what Unicode takes for equal.
            for (key, value) in object.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                result[key] = sorted(value)
            }
            return .object(result)
        case .array(let elements): return .array(elements.map(sorted))
        default: return json
        }
    }

    /// These bytes stand in JSON within strings only. The two line separators of Unicode, E2 80 A8 and A9, too.
    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "<"): result += "\\u003c".utf8
            case UInt8(ascii: ">"): result += "\\u003e".utf8
            case UInt8(ascii: "&"): result += "\\u0026".utf8
            case 0xE2 where bytes[index...].starts(with: [0xE2, 0x80, 0xA8]):
                result += "\\u2028".utf8
                index += 2
            case 0xE2 where bytes[index...].starts(with: [0xE2, 0x80, 0xA9]):
                result += "\\u2029".utf8
                index += 2
            case let byte: result.append(byte)
            }
            index += 1
        }
        return result
    }
}
