import JSON
import Jobs

/// Makes the best of an answer to a take that is not JSON as a whole: too large and cut off, nested too deeply, broken
/// in one place.
///
/// The queue has handed those jobs out. One that is dropped here without a word is handed out again after some missed
/// heartbeats, to be dropped again, by every worker in turn. So each job whose id can be seen is answered, and each that
/// can be read is run. One pass over the bytes, no recursion: the depth may be anything.
struct TakeSalvage {
    /// The answer as far as it goes.
    private let bytes: [UInt8]
    /// What is wrong with it, for those who must be told.
    private let reason: String
    private var position = 0

    private init(_ bytes: [UInt8], _ reason: String) {
        self.bytes = bytes
        self.reason = reason
    }

    /// The items of `bytes` that can be told apart.
    ///
    /// - Parameter reason: what is wrong with the whole, said to the clients of jobs that cannot be read
    static func items(in bytes: [UInt8], reason: String) -> [TakenItem] {
        var salvage = TakeSalvage(bytes, reason)
        return salvage.items()
    }

    private mutating func items() -> [TakenItem] {
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return [item()].compactMap(\.self)
        case UInt8(ascii: "["): position += 1
        default: return []
        }
        var items: [TakenItem] = []
        while position < bytes.count {
            if next == UInt8(ascii: "{") {
                if let item = item() { items.append(item) }
            } else {
                position += 1
            }
        }
        return items
    }

    /// The object that begins here. Nil: it cannot be read, and nobody can be told.
    private mutating func item() -> TakenItem? {
        let start = position
        let (id, isWhole) = skipObject()
        if isWhole, let json = try? JSON(parsing: Array(bytes[start..<position])), let items = try? Wire.items(in: json) {
            return items.first
        }
        return id.map { .malformed(id: $0, reason: reason) }
    }

    /// Goes past the object that begins here, and finds its own `id` on the way.
    private mutating func skipObject() -> (id: String?, isWhole: Bool) {
        var depth = 0
        var id: String?
        var key: Range<Int>?
        var isKey = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard let text = skipString() else { return (id, false) }
                guard depth == 1 else { continue }
                if isKey {
                    (key, isKey) = (text, false)
                } else if let name = key, bytes[name].elementsEqual("\"id\"".utf8), id == nil {
                    id = (try? JSON(parsing: Array(bytes[text])))?.string.flatMap { $0.isEmpty ? nil : $0 }
                }
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                isKey = depth == 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                guard depth > 0 else {
                    position += 1
                    return (id, true)
                }
            case UInt8(ascii: ",") where depth == 1:
                isKey = true
            default: break
            }
            position += 1
        }
        return (id, false)
    }

    /// Goes past the string that begins here. Nil: it has no end.
    private mutating func skipString() -> Range<Int>? {
        let start = position
        position += 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\\"): position += 2
            case UInt8(ascii: "\""):
                position += 1
                return start..<position
            default: position += 1
            }
        }
        return nil
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte <= 0x20 { position += 1 }
    }
}
