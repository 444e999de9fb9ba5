import HummingbirdCore
import JSON
import Jobs
import LocalQueue
import Support

// Ollama's routes, for its command line and its clients.

extension Faces {
    func ollama(_ route: OllamaRoute, _ exchange: Exchange) async throws -> Response {
        switch route {
        case .tags: return .json(200, try await models(.onDisk))
        case .running: return .json(200, try await models(.inMemory))
        case .version: return .json(200, ["version": .string(version)])
        case .show: return try await show(exchange)
        case .change(let name): throw Self.unchangeable(name)
        case .generate, .chat, .embed, .embeddings: return try await generate(route, exchange)
        }
    }

    private func generate(_ route: OllamaRoute, _ exchange: Exchange) async throws -> Response {
        let body = try await exchange.object(upTo: bodyLimit, example: Self.example(route))
        switch try OllamaRequest(route, body) {
        case .whole(let input): return .json(200, try await answer(input, exchange))
        case .stream(let input): return try await stream(input, as: LineStream(), exchange)
        case .load(let model, let isChat):
            let loaded = try await answer(.load(model: model), exchange)
            let name = model ?? loaded["model"]?.string ?? ""
            return .json(200, OllamaRequest.loaded(name, isChat: isChat, at: UTCTime.now.text(decimals: 6)))
        }
    }

    private func show(_ exchange: Exchange) async throws -> Response {
        let body = try await exchange.object(upTo: bodyLimit, example: "{\"model\": \"llama3.2:1b\"}")
        // Ollama's older clients say `name`.
        guard let name = (body["model"] ?? body["name"])?.string, !name.isEmpty else {
            throw Refusal(400, "\"model\" is missing; it must be the name of a model, such as \"llama3.2:1b\".")
        }
        return .json(200, try await models(.details(of: name)))
    }

    private static func unchangeable(_ name: String) -> Refusal {
        Refusal(
            501,
            "/api/\(name) is not served: requests do not change this worker's models. "
                + "Bring models with \"kindling pull NAME\", or bake them into the image."
        )
    }

    private static func example(_ route: OllamaRoute) -> String {
        switch route {
        case .chat: "{\"model\": \"llama3.2:1b\", \"messages\": [{\"role\": \"user\", \"content\": \"Hello\"}]}"
        case .embed: "{\"model\": \"all-minilm\", \"input\": \"Hello\"}"
        default: "{\"model\": \"llama3.2:1b\", \"prompt\": \"Hello\"}"
        }
    }
}
