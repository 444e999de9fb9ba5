import JSON

/// A model with what its small files and its header say, in the shapes of Ollama's answers.
struct ListedModel: Sendable {
    /// What stands for a digest that nobody knows: the weights would have to be read for it, some seconds a gigabyte.
    ///
    /// Not empty and not left out, because `ollama list` and `ollama ps` take the first twelve characters without a look
    /// at the length and end in a panic; and nothing that could be taken for a digest. It shows in their column `ID`.
    static let unknownDigest = "not computed"

    let model: StoredModel
    let texts: ModelDetails
    let header: HeaderSummary?
    let digest: BlobDigest?

    init(_ model: StoredModel, texts: ModelDetails, header: HeaderSummary?, digest: BlobDigest?) {
        self.model = model
        self.texts = texts
        self.header = header
        self.digest = digest ?? model.digest
    }

    /// How far its header has to be read for a list: chat template and tensors lie behind megabytes of vocabulary, and
    /// where the store says the same in a few bytes they are not needed.
    static func extent(for texts: ModelDetails) -> GGUFHeader.Extent {
        let isSaid = texts.hasOwnRendering && texts.configuration?.size != nil
        return isSaid ? .beforeVocabulary : .whole
    }

    /// An element of `/api/tags`.
    func tag(modified: Int) -> JSON {
        var details = details
        details["context_length"] = header?.contextLength.map { JSON($0) }
        details["embedding_length"] = header?.embeddingLength.map { JSON($0) }
        return [
            "name": .string(model.name), "model": .string(model.name),
            "modified_at": .string(GoText.time(nanoseconds: modified)), "size": JSON(model.bytesOnDisk),
            "digest": .string(digestText), "details": .object(details),
            "capabilities": .array(capabilities.map(JSON.string)),
        ]
    }

    /// An element of `/api/ps`, whether or not the model itself is known.
    static func running(_ running: RunningModel, _ listed: ListedModel?) -> JSON {
        let name = JSON.string(listed?.model.name ?? running.name)
        var members: JSON.Object = [
            "name": name, "model": name, "size": JSON(running.bytes),
            "digest": .string(listed?.digestText ?? unknownDigest), "details": .object(details(of: listed)),
            "expires_at": .string(GoText.time(nanoseconds: running.expires ?? .max)),
        ]
        members["size_vram"] = running.gpuBytes.map { JSON($0) }
        members["context_length"] = running.contextLength.map { JSON($0) }
        return .object(members)
    }

    /// What it is, in the words of its configuration, else of its header.
    var details: JSON.Object { Self.details(of: self) }

    /// What it can be asked for.
    var capabilities: [String] {
        ModelCapabilities(
            header: header,
            template: texts.template,
            configuration: texts.configuration,
            hasProjector: model.projector != nil
        ).words
    }

    private var digestText: String { digest?.hex ?? Self.unknownDigest }

    private static func details(of listed: ListedModel?) -> JSON.Object {
        let configuration = listed?.texts.configuration
        let header = listed?.header
        let family = configuration?.family ?? header?.architecture
        let families = configuration?.families ?? []
        // Where a configuration says no more than that, Ollama, too, looks into the header.
        let quantisation = configuration?.quantisation.flatMap { $0 == "unknown" ? nil : $0 } ?? header?.quantisation
        return [
            "parent_model": .string(listed?.model.parent ?? ""),
            "format": .string(configuration?.format ?? "gguf"),
            "family": .string(family ?? ""),
            "families": .array((families.isEmpty ? family.map { [$0] } ?? [] : families).map(JSON.string)),
            "parameter_size": .string(configuration?.size ?? header?.parameterSize ?? ""),
            "quantization_level": .string(quantisation ?? "unknown"),
        ]
    }
}
