import JSON

/// A recorded piece of an answer whose members are replaced as text, so that everything else stays byte for byte as
/// it was recorded (escapes, order, blanks).
struct Template: Sendable {
    private(set) var bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    enum Occurrence {
        case first, last, all
    }

    /// Replaces the value of a member, wherever it is nested, with JSON text.
    mutating func set(_ member: String, to value: String, _ occurrence: Occurrence = .first) {
        let places = values(of: member)
        let chosen =
            switch occurrence {
            case .first: Array(places.prefix(1))
            case .last: Array(places.suffix(1))
            case .all: places
            }
        for place in chosen.reversed() { bytes.replaceSubrange(place, with: value.utf8) }
    }

    /// Replaces each value of a member by what `body` makes of its text; nil leaves it alone.
    mutating func replaceAll(_ member: String, _ body: (String) -> String?) {
        for place in values(of: member).reversed() {
            if let value = body(String(decoding: bytes[place], as: UTF8.self)) {
                bytes.replaceSubrange(place, with: value.utf8)
            }
        }
    }

    /// Takes a member out, with the comma before it.
    mutating func remove(_ member: String) {
        for place in values(of: member).reversed() {
            let begin = place.lowerBound - member.utf8.count - 3
            let comma = begin > 0 && bytes[begin - 1] == UInt8(ascii: ",") ? 1 : 0
            bytes.removeSubrange(begin - comma..<place.upperBound)
        }
    }

    /// The value of the last such member as a whole number.
    func number(_ member: String) -> Int? {
        values(of: member).last.flatMap { Int(String(decoding: bytes[$0], as: UTF8.self)) }
    }

    private func values(of member: String) -> [Range<Int>] {
        let key = Array("\"\(member)\":".utf8)
        var result: [Range<Int>] = []
        var position = 0
        while position + key.count < bytes.count {
            if bytes[position] == key[0], bytes[position..<position + key.count].elementsEqual(key) {
                let begin = position + key.count
                let end = endOfValue(from: begin)
                result.append(begin..<end)
                position = end
            } else {
                position += 1
            }
        }
        return result
    }

    private func endOfValue(from begin: Int) -> Int {
        var depth = 0
        var inString = false
        var position = begin
        while position < bytes.count {
            let byte = bytes[position]
            if inString {
                if byte == UInt8(ascii: "\\") { position += 1 }
                if byte == UInt8(ascii: "\"") { inString = false }
            } else {
                switch byte {
                case UInt8(ascii: "\""): inString = true
                case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
                case UInt8(ascii: "]"), UInt8(ascii: "}"):
                    if depth == 0 { return position }
                    depth -= 1
                case UInt8(ascii: ",") where depth == 0: return position
                default: break
                }
            }
            position += 1
        }
        return position
    }
}

/// A string as the recorded program writes it: with `<`, `>` and `&` escaped as well.
func goString(_ text: String) -> String {
    var result = ""
    for character in JSON.string(text).description {
        switch character {
        case "<": result += "\\u003c"
        case ">": result += "\\u003e"
        case "&": result += "\\u0026"
        default: result.append(character)
        }
    }
    return result
}
