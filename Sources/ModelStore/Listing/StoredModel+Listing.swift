import JSON

extension StoredModel {
    /// Longer licences are not read. Ollama's models have up to 50 KB.
    private static let licenceLimit = 1 << 20

    /// When the model came to be what it is, in nanoseconds since 1970: in an Ollama store when its manifest was
    /// written, as `ollama list` has it, else when its weights were.
    var modified: Int {
        let file = manifestPath ?? weights
        return FileSystem.identity(of: file)?.modified ?? 0
    }

    /// Bytes of all that it consists of, the small texts of an Ollama store among them.
    var bytesOnDisk: Int { manifest?.blobs.reduce(0) { $0 + $1.size } ?? bytes }

    /// The model that this one was made from, by `FROM`; empty if it was made from files.
    ///
    /// Ollama notes it beside the layer, in a member that registries do not know.
    var parent: String {
        let bytes = manifestPath.flatMap { FileSystem.contents(of: $0, limit: Manifest.sizeLimit) }
        let layers = bytes.flatMap { try? JSON(parsing: $0, maximumDepth: 16) }?["layers"]?.array ?? []
        let weights = layers.first { $0["mediaType"]?.string == Manifest.Kind.model.mediaType }
        return weights?["from"]?.string ?? ""
    }

    /// What the owners of an Ollama store's model allow.
    var licences: [String] {
        guard case .ollama(let store) = place, let manifest else { return [] }
        return manifest.layers.filter { $0.kind == .license }.compactMap { layer in
            FileSystem.contents(of: store.blobPath(layer.digest), limit: Self.licenceLimit)
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }

    private var manifestPath: String? {
        guard case .ollama(let store) = place else { return nil }
        return reference.flatMap(store.existingManifest)
    }
}
