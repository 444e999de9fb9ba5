import HummingbirdCore
import JSON
import Jobs
import LocalQueue

// OpenAI's routes, answered by the engine.

extension Faces {
    func openAI(_ path: String, _ exchange: Exchange) async throws -> Response {
        guard path != "/v1/models" else { return .json(200, ModelList.openAI(try await models(.onDisk))) }
        let body = try await exchange.object(upTo: bodyLimit, example: Self.example(path))
        return try await openAI(path, body, exchange)
    }

    func openAI(_ path: String, _ body: JSON.Object, _ exchange: Exchange) async throws -> Response {
        let input = InferenceRequest.Input.openAI(path, body)
        guard try body.streams() ?? false, path != "/v1/embeddings" else {
            return .json(200, try await answer(input, exchange))
        }
        return try await stream(input, as: ServerSentStream(path: path), exchange)
    }

    /// One answer for two kinds of clients: OpenAI's read `id`, KServe's `name` and `ready`.
    func model(_ name: String) async throws -> Response {
        let details = try await models(.details(of: name))
        return .json(200, ModelList.one(name, details, isReady: await service.condition() == .ready))
    }

    private static func example(_ path: String) -> String {
        switch path {
        case "/v1/chat/completions": "{\"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}"
        case "/v1/completions": "{\"prompt\": \"Hello\"}"
        default: "{\"input\": \"Hello\"}"
        }
    }
}

extension JSON.Object {
    /// Whether the body asks for a stream. Nil: it does not say.
    ///
    /// - Throws: ``Refusal`` with 400 if it says neither true nor false
    func streams() throws(Refusal) -> Bool? {
        switch self["stream"] {
        case nil, .null: return nil
        case .bool(let streams)?: return streams
        case let other?: throw Refusal(400, "\"stream\" is \(other.typeName); it must be true or false.")
        }
    }
}
