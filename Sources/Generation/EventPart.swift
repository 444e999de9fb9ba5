internal import JSON

/// The text of one or more whole server-sent events, as an OpenAI client reads it.
struct EventPart: ChunkPart, Sendable {
    let text: String

    var begun: String { text }

    func join(onto chunk: inout String) {
        chunk += text
    }

    static func json(_ chunk: String) -> JSON { .string(chunk) }

    var size: Int { JSON.string(text).bytes.count }

    var staysAlone: Bool { false }

    /// An event beyond the limit travels in pieces: clients put the text together before they read it.
    func split(below limit: Int) -> [EventPart] {
        pieces(of: text, below: limit - 2).map(EventPart.init)
    }
}
