import Support

extension EngineStore {
    /// Puts a model into the union. Blobs first, so that whoever sees the manifest finds them.
    ///
    /// - Returns: why Ollama cannot take it; nil: it is in
    func add(_ model: StoredModel, as reference: ModelReference) throws(FileProblem) -> String? {
        let union = OllamaStore(folder: folder)
        if let gone = model.files.first(where: { FileSystem.size(of: $0) == nil }) { return "\(gone) is gone" }
        switch (model.place, model.manifest) {
        case (.ollama(let store), let manifest?):
            for blob in manifest.blobs {
                let path = store.blobPath(blob.digest)
                // A store may be named by a relative path, and a link is relative to where it stands.
                guard let real = FileSystem.realPath(path) else { throw .last("find", path) }
                try link(union.blobPath(blob.digest), to: real)
            }
            // As it stands there, with what members it may have beside: its text is the model's digest.
            try write(store.manifestBytes(reference) ?? manifest.bytes, of: reference, to: union)
            return nil
        default:
            guard model.parts.count == 1 else {
                return
                    "its weights are in \(model.parts.count) files, which only llama-server loads; set KINDLING_ENGINE"
                    + " to llama-server, or join the files with llama-gguf-split --merge"
            }
            return try addFile(model, as: reference, to: union)
        }
    }

    private func addFile(
        _ model: StoredModel,
        as reference: ModelReference,
        to union: OllamaStore
    ) throws(FileProblem) -> String? {
        let layers = try link(model, in: union)
        if isCurrent(layers, reference, in: union) { return nil }
        let header: GGUFHeader
        do {
            header = try model.header()
        } catch {
            return "\(error)"
        }
        if let problem = model.problem(by: header) { return "\(problem)" }
        let text = ModelConfiguration(header).bytes
        let configuration = Manifest.Layer(
            mediaType: Manifest.configurationMediaType,
            digest: BlobDigest(of: text),
            size: text.count
        )
        try write(text, to: union.blobPath(configuration.digest))
        try write(Manifest(configuration: configuration, layers: layers).bytes, of: reference, to: union)
        return nil
    }

    /// Whether an earlier start has made the same model, whose header need not be read again then: with its vocabulary,
    /// the header is megabytes.
    private func isCurrent(_ layers: [Manifest.Layer], _ reference: ModelReference, in union: OllamaStore) -> Bool {
        guard case .success(let made) = union.model(reference) else { return false }
        return made.manifest?.layers == layers
    }

    private func link(_ model: StoredModel, in union: OllamaStore) throws(FileProblem) -> [Manifest.Layer] {
        var layers = [try link(model.weights, as: .model, known: model.digest, in: union)]
        for adapter in model.adapters { layers.append(try link(adapter, as: .adapter, known: nil, in: union)) }
        if let projector = model.projector {
            let known = HuggingFaceCache.digest(ofLink: projector)
            layers.append(try link(projector, as: .projector, known: known, in: union))
        }
        return layers
    }

    private func link(
        _ file: String,
        as kind: Manifest.Kind,
        known: BlobDigest?,
        in union: OllamaStore
    ) throws(FileProblem) -> Manifest.Layer {
        // Through all links: a cache may be tidied, and the engine opens the file by this path.
        guard let real = FileSystem.realPath(file), let identity = FileSystem.identity(of: real) else {
            throw .last("find", file)
        }
        let digest = known ?? digests.digest(of: real) ?? Self.surrogate(real, identity)
        try link(union.blobPath(digest), to: real)
        return Manifest.Layer(kind, digest: digest, size: identity.size)
    }

    /// A name for a file whose SHA-256 nobody knows yet: that of what identifies it. Reading the weights for their real
    /// one would cost seconds a gigabyte on the way of a cold start.
    ///
    /// Ollama opens blobs by name and never checks them, so that any name serves that changes with the file. Such a
    /// model must not be pushed to a registry. When ``DigestMemory`` has come to know the real one, the next start uses
    /// it.
    static func surrogate(_ path: String, _ identity: FileIdentity) -> BlobDigest {
        BlobDigest(
            of: Array("not a hash of contents\n\(path)\n\(identity.size)\n\(identity.modified)\n\(identity.inode)".utf8)
        )
    }

    private func link(_ path: String, to target: String) throws(FileProblem) {
        guard FileSystem.target(ofLink: path) != target else { return }
        try FileSystem.symlink(path, to: target)
    }

    private func write(_ bytes: [UInt8], of reference: ModelReference, to union: OllamaStore) throws(FileProblem) {
        let path = union.manifestPath(reference)
        try FileSystem.makeFolder(FileSystem.folder(of: path))
        try write(bytes, to: path)
    }

    private func write(_ bytes: [UInt8], to path: String) throws(FileProblem) {
        guard FileSystem.contents(of: path, limit: Manifest.sizeLimit) != bytes else { return }
        try FileSystem.replace(path, with: bytes)
    }
}
