/// The little of a header that a list of models shows.
struct HeaderSummary: Sendable, Hashable {
    var architecture: String?
    /// The number of parameters as Ollama shortens it, or in the makers' words where the tensors were not counted.
    var parameterSize: String?
    var quantisation: String?
    var contextLength: Int?
    var embeddingLength: Int?
    var isEmbedding: Bool
    var hasVision: Bool
    var hasAudio: Bool
    /// What the chat template in the weights knows of; false also where the header was read only to the vocabulary.
    var templateHasTools: Bool
    var templateHasThinking: Bool

    /// The summary of a header and its keys.
    init(_ header: GGUFHeader, keys: [String: GGUFValue]) {
        let prefix = "\(header.architecture ?? "")."
        let template = keys["tokenizer.chat_template"]?.text ?? ""
        architecture = header.architecture
        parameterSize = header.tensors.map { ModelConfiguration.shortNumber($0.parameters) } ?? header.sizeLabel
        quantisation = header.quantisation
        contextLength = header.contextLength
        embeddingLength = header.embeddingLength
        isEmbedding = header.pooling != nil || header.isEmbeddingOnly
        hasVision = keys["\(prefix)vision.block_count"] != nil
        hasAudio = keys["\(prefix)audio.block_count"] != nil
        templateHasTools = template.contains("tools") || template.contains("tool_call")
        templateHasThinking = Self.hasThinking(template)
    }

    /// Templates that open a thought themselves leave only its end to be seen; they cut it from earlier answers.
    private static func hasThinking(_ template: String) -> Bool {
        guard template.contains("</think>") else { return false }
        if template.contains("<think>") { return true }
        let cutsThoughts = ["content.split('</think>')", "content.split(\"</think>\")"].contains(
            where: template.contains
        )
        return cutsThoughts && !template.contains("reasoning_content")
    }
}
