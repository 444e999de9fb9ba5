/// The routes that need a model.
enum InferenceRoute: String, CaseIterable, Sendable {
    case generate = "/api/generate"
    case chat = "/api/chat"
    case embed = "/api/embed"
    case embeddings = "/api/embeddings"
    case chatCompletions = "/v1/chat/completions"
    case completions = "/v1/completions"
    case openAIEmbeddings = "/v1/embeddings"
    case responses = "/v1/responses"
    case messages = "/v1/messages"

    var isOpenAI: Bool { rawValue.hasPrefix("/v1/") }

    var isEmbedding: Bool {
        switch self {
        case .embed, .embeddings, .openAIEmbeddings: true
        default: false
        }
    }

    var streamsByDefault: Bool {
        self == .generate || self == .chat
    }

    /// What a request must be able to ask of the model.
    var capability: String {
        switch self {
        case .generate, .completions: "generate"
        case .chat, .chatCompletions, .responses, .messages: "chat"
        case .embed, .embeddings, .openAIEmbeddings: "embeddings"
        }
    }

    /// The program's own name of the request, which its messages about wrong types quote.
    var structName: String {
        switch self {
        case .generate: "GenerateRequest"
        case .chat: "ChatRequest"
        case .embed: "EmbedRequest"
        case .embeddings: "EmbeddingRequest"
        case .chatCompletions: "ChatCompletionRequest"
        case .completions: "CompletionRequest"
        case .openAIEmbeddings: "EmbedRequest"
        case .responses: "ResponsesRequest"
        case .messages: "MessagesRequest"
        }
    }

    /// The recordings whose shapes its generated answers have; the stream's is nil where none was recorded.
    var exemplars: (whole: String, stream: String?) {
        switch self {
        case .generate: ("generate-nonstream", "generate-stream")
        case .chat: ("chat-nonstream", "chat-stream")
        case .embed: ("embed-string", nil)
        case .embeddings: ("embeddings-legacy", nil)
        case .chatCompletions: ("v1-chat-nonstream", "v1-chat-stream-include-usage")
        case .completions: ("v1-completions-nonstream", "v1-completions-stream")
        case .openAIEmbeddings: ("v1-embeddings", nil)
        case .responses: ("v1-responses-nonstream", nil)
        case .messages: ("v1-messages-nonstream-anthropic", nil)
        }
    }

    /// The member that holds the answer's text.
    var textMember: String {
        switch self {
        case .generate: "response"
        case .chat, .chatCompletions: "content"
        default: "text"
        }
    }
}
