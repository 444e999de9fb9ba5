import JSON
import ModelStore

/// A model whose files are blobs already, and what else belongs to it: written into a store as Ollama's `create` does.
struct ModelParts: Sendable {
    /// Weights first, then projectors and adapters.
    var files: [Manifest.Layer]
    var template: String?
    var system: String?
    var licenses: [String] = []
    var parameters: [String: JSON] = [:]
    var messages: [JSON] = []
    var renderer: String?
    var parser: String?

    init(files: [Manifest.Layer]) {
        self.files = files
    }

    init(files: [Manifest.Layer], _ modelfile: Modelfile) {
        self.files = files
        template = modelfile.template
        system = modelfile.system
        licenses = modelfile.licenses
        parameters = modelfile.parameters
        messages = modelfile.messages
        renderer = modelfile.renderer
        parser = modelfile.parser
    }

    /// Writes the small blobs and then the manifest. False: the store had the very same model. Blocks.
    func publish(as model: ModelReference, with writer: StoreWriter) throws(PullError) -> Bool {
        var layers = files
        for (kind, bytes) in texts {
            layers.append(Manifest.Layer(kind, digest: try writer.add(bytes), size: bytes.count))
        }
        let configuration = try configuration(of: model, in: writer.store).bytes
        let layer = Manifest.Layer(
            mediaType: Manifest.configurationMediaType,
            digest: try writer.add(configuration),
            size: configuration.count
        )
        return try writer.publish(Manifest(configuration: layer, layers: layers).bytes, as: model)
    }

    /// In Ollama's order, which the digest of the model depends on.
    private var texts: [(Manifest.Kind, [UInt8])] {
        var texts: [(Manifest.Kind, [UInt8])] = []
        if let template { texts.append((.template, Array(template.utf8))) }
        if let system { texts.append((.system, Array(system.utf8))) }
        texts += licenses.map { (.license, Array($0.utf8)) }
        if !parameters.isEmpty {
            let members = parameters.reduce(into: JSON.Object()) { $0[$1.key] = $1.value }
            texts.append((.params, GoJSON.bytes(.object(members))))
        }
        // In Go, a message is a struct with its role first: the order is kept, not sorted.
        if !messages.isEmpty { texts.append((.messages, GoJSON.bytes(.array(messages), sortsMembers: false))) }
        return texts
    }

    private func configuration(of model: ModelReference, in store: OllamaStore) throws(PullError) -> ModelConfiguration
    {
        guard let weights = files.first(where: { $0.kind == .model }) else {
            throw .notAModel(model.short, reason: "none of its files has weights")
        }
        var configuration = ModelConfiguration(try GGUFFile.header(at: store.blobPath(weights.digest)))
        if files.contains(where: { $0.kind == .projector }) { configuration.families.append("clip") }
        configuration.renderer = renderer
        configuration.parser = parser
        return configuration
    }
}

/// A GGUF file that is to become a layer.
enum GGUFFile {
    /// Its header, or what is wrong with it. Blocks.
    static func header(at path: String) throws(PullError) -> GGUFHeader {
        let header: GGUFHeader
        do {
            header = try GGUFHeader(file: path)
        } catch {
            if case .unreadable(let problem) = error { throw .disk(problem) }
            throw .notAModel(path, reason: "\(error)")
        }
        if let parts = header.parts, parts > 1 {
            throw .notAModel(
                path,
                reason: "it is one of \(parts) parts; merge them with llama-gguf-split --merge first"
            )
        }
        return header
    }

    /// The part that it plays, by its architecture: a file of image tokens calls itself `clip`.
    static func kind(of header: GGUFHeader) -> Manifest.Kind {
        header.architecture == "clip" ? .projector : .model
    }
}
