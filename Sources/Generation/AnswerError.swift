public import JSON

/// Why a stream of events gave no whole answer.
public struct AnswerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened.
    public enum Kind: Sendable, Hashable {
        /// The engine said so, inside a stream that had begun well. Ollama does when its runner dies.
        case reported
        /// The stream ended, regularly or not, without its last event.
        case cut
        /// An event that the shape does not have.
        case malformed
    }

    /// What happened.
    public let kind: Kind
    /// For the client.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// The engine's own words in an answer that is an error; nil if it is none.
    ///
    /// Ollama writes `{"error": "text"}`, passes its runner's error on as JSON text inside that text, and on `/v1`
    /// writes `{"error": {"message": …}}` like all OpenAI-compatible servers.
    public static func message(in answer: JSON) -> String? {
        guard let error = answer["error"], !error.isNull else { return nil }
        if let text = error.string {
            guard text.hasPrefix("{"), let inner = try? JSON(parsing: text) else { return text }
            return message(in: inner) ?? text
        }
        return error["message"]?.string ?? error.description
    }
}
