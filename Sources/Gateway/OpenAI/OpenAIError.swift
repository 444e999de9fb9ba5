import JSON

/// Errors in the shape that OpenAI's clients read.
///
/// A job's error is text. For a job of an OpenAI route it may be such an object as JSON text, from our worker or as the
/// engine wrote it: `{"error": {"message": TEXT, "type": TEXT, "code": NUMBER OR TEXT}}`, with the HTTP status in `code`
/// or `status`. It is handed on as it is.
enum OpenAIError {
    static func body(_ status: Int, _ message: String) -> JSON {
        if let error = object(in: message) { return ["error": .object(error)] }
        let type =
            switch status {
            case 404: "not_found_error"
            case 429: "rate_limit_error"
            case ..<500: "invalid_request_error"
            default: "server_error"
            }
        return ["error": ["message": .string(message), "type": .string(type), "param": .null, "code": .null]]
    }

    /// The HTTP status of a job's error, if the error says that it is the client's mistake.
    static func status(of message: String) -> Int? {
        guard let error = object(in: message) else { return nil }
        if let status = error["code"]?.int ?? error["status"]?.int {
            // No others: a 401 of the engine's, say, would send the client looking for a mistake in its key for us.
            return [400, 404, 422, 429].contains(status) ? status : nil
        }
        return [error["code"], error["type"]].lazy.compactMap { $0?.string }.compactMap { statuses[$0] }.first
    }

    /// The message alone, for clients who read text: out of the object, if it is one.
    static func text(of message: String) -> String {
        object(in: message)?["message"]?.string ?? message
    }

    /// Ollama leaves `code` null; OpenAI's own are words.
    private static let statuses = [
        "invalid_request_error": 400, "not_found_error": 404, "model_not_found": 404, "rate_limit_error": 429,
    ]

    private static func object(in message: String) -> JSON.Object? {
        guard message.hasPrefix("{") else { return nil }
        return (try? JSON(parsing: message))?["error"]?.object
    }
}
