import JSON
import Jobs

/// Makes the best of an answer to a take that is not JSON as a whole: too large and cut off, nested too deeply, broken
/// in one place.
///
/// The queue has handed those jobs out. One that is dropped here without a word is handed out again after some missed
/// heartbeats, to be dropped again, by every worker in turn. So each job whose id can be seen is answered, and each that
/// can be read is run. One pass over the bytes, no recursion: the depth may be anything.
struct TakeSalvage {
    /// What is wrong with an answer as a whole, said to the clients of jobs that cannot be read.
    enum Flaw: CustomStringConvertible {
        /// With the parser's words.
        case notJSON(String)
        /// There was more of it than is read. The last job seen is too large only if more than this was seen of it.
        case cut(maximumJobSize: Int)

        var description: String {
            switch self {
            case .notJSON(let problem): "it is not JSON: \(problem)"
            case .cut(let maximumJobSize): "it is larger than the \(maximumJobSize) bytes that are taken"
            }
        }
    }

    /// The answer as far as it goes.
    private let bytes: [UInt8]
    private let flaw: Flaw
    private var position = 0

    private init(_ bytes: [UInt8], _ flaw: Flaw) {
        self.bytes = bytes
        self.flaw = flaw
    }

    /// The items of `bytes` that can be told apart.
    static func items(in bytes: [UInt8], _ flaw: Flaw) -> [TakenItem] {
        var salvage = TakeSalvage(bytes, flaw)
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
        if isWhole, let json = try? JSON(parsing: Array(bytes[start..<position])), let items = try? Wire.items(in: json)
        {
            return items.first
        }
        return refusal(of: id, isWhole: isWhole, seen: bytes.count - start)
    }

    /// What becomes of an object that cannot be read.
    private func refusal(of id: String?, isWhole: Bool, seen: Int) -> TakenItem? {
        guard case .cut(let maximumJobSize) = flaw else { return id.map { .malformed(id: $0, reason: "\(flaw)") } }
        if isWhole { return id.map { .malformed(id: $0, reason: "it is not JSON") } }
        guard seen < maximumJobSize else { return id.map { .malformed(id: $0, reason: "\(flaw)") } }
        // Its neighbours took the room: it may well be small enough. Neither held nor answered, it is missing in the
        // heartbeat, and the queue hands it out again, as it does those behind it.
        let name = id.map { "job \($0)" } ?? "a job"
        return .malformed(
            id: nil,
            reason:
                "\(name) was cut off after \(seen) bytes, because the jobs of one batch are larger than what is read of "
                + "it; the queue hands it out again, with those behind it"
        )
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
