/// Ollama's routes, below `/api`.
enum OllamaRoute: Sendable, Hashable {
    case generate, chat, embed, embeddings
    case tags, running, show, version
    /// What would change the models: `pull`, `create` and the like.
    case change(String)

    init?(_ segments: [String]) {
        switch segments.first {
        case "blobs" where segments.count == 2: self = .change("blobs")
        case let name? where segments.count == 1:
            guard let route = Self.named[name] else { return nil }
            self = route
        default: return nil
        }
    }

    private static let named: [String: OllamaRoute] = [
        "generate": .generate, "chat": .chat, "embed": .embed, "embeddings": .embeddings, "tags": .tags,
        "ps": .running, "show": .show, "version": .version, "pull": .change("pull"), "push": .change("push"),
        "create": .change("create"), "copy": .change("copy"), "delete": .change("delete"),
    ]

    var methods: [String] {
        switch self {
        case .tags, .running, .version: ["GET", "HEAD"]
        case .generate, .chat, .embed, .embeddings, .show: ["POST"]
        case .change("delete"): ["DELETE"]
        case .change("blobs"): ["POST", "HEAD"]
        case .change: ["POST"]
        }
    }
}
