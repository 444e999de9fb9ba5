internal import JSON

/// Something that the chunks of a stream are made of.
protocol ChunkPart {
    associatedtype Joined: Sendable

    /// Parts cut from this one, each below `limit` bytes on the wire as far as that is possible.
    func split(below limit: Int) -> [Self]
    /// The beginning of a chunk.
    var begun: Joined { get }
    /// Goes on with a chunk.
    func join(onto chunk: inout Joined)
    /// The chunk as it travels.
    static func json(_ chunk: Joined) -> JSON
    /// Bytes on the wire.
    var size: Int { get }
    /// Whether it is never joined to others.
    var staysAlone: Bool { get }
}

/// What waits for a stream's next POST, joined into as few chunks as the size limit allows.
///
/// The first part goes alone: whatever follows it right away, the client sees the first token at once.
struct ChunkQueue<Part: ChunkPart & Sendable>: Sendable {
    private let limit: Int
    private var waiting: [Chunk] = []
    private var isFirst = true

    private struct Chunk: Sendable {
        var joined: Part.Joined
        /// An upper bound: what its parts had for themselves. Joining only drops what they repeat.
        var size: Int
        var isClosed: Bool
    }

    init(limit: Int) {
        self.limit = limit
    }

    var isEmpty: Bool { waiting.isEmpty }

    mutating func add(_ part: Part) {
        let size = part.size
        guard size <= limit else {
            for piece in part.split(below: limit) { append(piece, size: piece.size) }
            return
        }
        append(part, size: size)
    }

    private mutating func append(_ part: Part, size: Int) {
        let isClosed = isFirst || part.staysAlone
        isFirst = false
        if let last = waiting.indices.last, !isClosed, !waiting[last].isClosed, waiting[last].size + size <= limit {
            part.join(onto: &waiting[last].joined)
            waiting[last].size += size
        } else {
            waiting.append(Chunk(joined: part.begun, size: size, isClosed: isClosed))
        }
    }

    mutating func take() -> JSON? {
        guard !waiting.isEmpty else { return nil }
        return Part.json(waiting.removeFirst().joined)
    }
}

/// Cuts a text so that each piece is at most `limit` bytes as a JSON string, never within a character.
func pieces(of text: String, below limit: Int) -> [String] {
    var pieces: [String] = []
    var piece = ""
    var size = 0
    for character in text {
        let more = character.utf8.reduce(0) { $0 + encodedSize(of: $1) }
        if size + more > limit, !piece.isEmpty {
            pieces.append(piece)
            piece = ""
            size = 0
        }
        piece.append(character)
        size += more
    }
    return pieces + [piece]
}

/// The bytes that a byte takes in a JSON string, at most.
private func encodedSize(of byte: UInt8) -> Int {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): 2
    case ..<0x20: 6
    default: 1
    }
}
