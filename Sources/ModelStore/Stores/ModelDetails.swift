public import JSON

/// The small texts of a model in an Ollama store.
public struct ModelDetails: Sendable, Hashable {
    /// How messages become a prompt, in Go's template language.
    public var template: String?
    /// Options for each request, members in the store's order.
    public var params: JSON.Object?
    /// The system prompt.
    public var system: String?
    /// Messages that stand before each conversation, an array of objects with `role` and `content`.
    public var messages: JSON?
    /// What the model is, and whether Ollama renders its prompts by own code.
    public var configuration: ModelConfiguration?

    /// These texts.
    public init(
        template: String? = nil,
        params: JSON.Object? = nil,
        system: String? = nil,
        messages: JSON? = nil,
        configuration: ModelConfiguration? = nil
    ) {
        self.template = template
        self.params = params
        self.system = system
        self.messages = messages
        self.configuration = configuration
    }

    /// Whether Ollama turns messages into prompts otherwise than by the template in the GGUF file.
    public var hasOwnRendering: Bool {
        template != nil || configuration?.renderer != nil || configuration?.parser != nil
    }
}

extension StoredModel {
    /// Longer texts are not read. The longest templates have some 20 KB.
    private static let textLimit = 4 << 20

    /// The model's small texts; all nil for a model that is a plain file. Blocking.
    public func details() -> ModelDetails {
        guard case .ollama(let store) = place, let manifest else { return ModelDetails() }
        func bytes(_ layer: Manifest.Layer?) -> [UInt8]? {
            layer.flatMap { FileSystem.contents(of: store.blobPath($0.digest), limit: Self.textLimit) }
        }
        func text(_ kind: Manifest.Kind) -> String? {
            bytes(manifest[kind]).map { String(decoding: $0, as: UTF8.self) }
        }
        func json(_ kind: Manifest.Kind) -> JSON? {
            bytes(manifest[kind]).flatMap { try? JSON(parsing: $0) }
        }
        return ModelDetails(
            template: text(.template),
            params: json(.params)?.object,
            system: text(.system),
            messages: json(.messages),
            configuration: bytes(manifest.configuration).flatMap(ModelConfiguration.init(parsing:))
        )
    }
}
