import JSON
import Jobs
import LocalQueue

/// A body of `/api/generate` and its siblings, as far as the way of answering depends on it. What is wrong with the rest
/// is said by whoever runs it.
enum OllamaRequest: Sendable, Hashable {
    case whole(InferenceRequest.Input)
    case stream(InferenceRequest.Input)
    /// Only the load of a model: an empty prompt, no messages.
    case load(model: String?, isChat: Bool)

    /// - Throws: ``Refusal`` with 400
    init(_ route: OllamaRoute, _ body: JSON.Object) throws(Refusal) {
        switch route {
        case .chat: self = try Self.generation(.chat, body, isEmpty: body["messages"].isEmptyOrAbsent)
        case .generate: self = try Self.generation(.generate, body, isEmpty: body["prompt"].isEmptyOrAbsent)
        case .embeddings: self = .whole(.native(.embeddings, body))
        default: self = .whole(.native(.embed, body))
        }
    }

    private static func generation(
        _ route: EngineCall.Route,
        _ body: JSON.Object,
        isEmpty: Bool
    ) throws(Refusal) -> OllamaRequest {
        let streams = try body.streams() ?? true
        // With `keep_alive: 0`, too, which is an unload elsewhere: this worker is there for its model.
        if isEmpty {
            guard let model = body["model"] else { return .load(model: nil, isChat: route == .chat) }
            guard case .string(let name) = model else {
                throw Refusal(400, "\"model\" is \(model.typeName); it must be a string.")
            }
            return .load(model: name.isEmpty ? nil : name, isChat: route == .chat)
        }
        var body = body
        // Said in any case: who is asked in Ollama's shape takes silence for a stream, all others for none.
        body["stream"] = .bool(streams)
        return streams ? .stream(.native(route, body)) : .whole(.native(route, body))
    }

    /// The answer to a load.
    static func loaded(_ model: String, isChat: Bool, at moment: String) -> JSON {
        var answer: JSON.Object = ["model": .string(model), "created_at": .string(moment)]
        if isChat {
            answer["message"] = ["role": "assistant", "content": ""]
        } else {
            answer["response"] = ""
        }
        answer["done"] = true
        answer["done_reason"] = "load"
        return .object(answer)
    }
}

extension JSON? {
    fileprivate var isEmptyOrAbsent: Bool {
        switch self {
        case nil, .null?: true
        case .string(let text)?: text.isEmpty
        case .array(let items)?: items.isEmpty
        default: false
        }
    }
}
