import JSON

/// Server-sent events out of a job's chunks.
struct EventText: Sendable {
    static let done = "data: [DONE]\n\n"
    /// Ignored by every reader of events; shows those in between that somebody is there.
    static let comment = ": waiting\n\n"

    private var text = ""
    /// Whether the stream has said that it is over.
    private(set) var isDone = false
    /// Whether there was anything at all.
    private(set) var hasAny = false

    static func error(_ status: Int, _ message: String) -> String {
        "data: \(OpenAIError.body(status, message))\n\n"
    }

    /// A chunk: raw events as text, which most workers send, or one event's payload as an object.
    mutating func append(_ chunk: JSON) {
        hasAny = true
        guard case .string(let raw) = chunk else {
            text += "data: \(chunk)\n\n"
            return
        }
        let isEvents = ["data:", "event:", "id:", ":"].contains { raw.hasPrefix($0) }
        text += isEvents ? raw : "data: \(raw)"
        // An event without its blank line would run into the next one.
        if !raw.hasSuffix("\n\n") { text += raw.hasSuffix("\n") ? "\n" : "\n\n" }
        if raw.hasPrefix("data: [DONE]") || raw.contains("\ndata: [DONE]") { isDone = true }
    }

    /// A whole result: a list is what a stream would have been.
    mutating func append(unfolding output: JSON) {
        guard case .array(let chunks) = output else { return append(output) }
        for chunk in chunks { append(chunk) }
    }

    /// What has gathered.
    mutating func take() -> String {
        defer { text = "" }
        return text
    }
}
