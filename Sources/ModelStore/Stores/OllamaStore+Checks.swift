extension OllamaStore {
    /// The model of a manifest, checked by the sizes that the manifest gives.
    func model(_ reference: ModelReference, manifest path: String) -> Result<StoredModel, ModelProblem> {
        func problem(_ cause: ModelProblem.Cause) -> Result<StoredModel, ModelProblem> {
            .failure(ModelProblem(reference.short, cause))
        }
        guard let bytes = FileSystem.contents(of: path, limit: Manifest.sizeLimit) else {
            guard FileSystem.isReadable(path) else { return problem(.unreadable(path: path)) }
            return problem(.damagedManifest(path: path, reason: "it is larger than \(Manifest.sizeLimit) bytes"))
        }
        do {
            let manifest = try Manifest(parsing: bytes)
            for blob in manifest.blobs {
                if let cause = self.problem(with: blob) { return problem(cause) }
            }
            guard let weights = manifest[.model] else { return problem(.noWeights(path: path)) }
            return .success(model(reference, manifest, weights, digest: BlobDigest(of: bytes)))
        } catch {
            return problem(.damagedManifest(path: path, reason: error.description))
        }
    }

    private func model(
        _ reference: ModelReference,
        _ manifest: Manifest,
        _ weights: Manifest.Layer,
        digest: BlobDigest
    ) -> StoredModel {
        let adapters = manifest.layers.filter { $0.kind == .adapter }
        let loaded = [weights] + adapters + (manifest[.projector].map { [$0] } ?? [])
        var model = StoredModel(
            name: reference.short,
            place: .ollama(self),
            weights: blobPath(weights.digest),
            bytes: loaded.map(\.size).reduce(0, +)
        )
        model.projector = manifest[.projector].map { blobPath($0.digest) }
        model.adapters = adapters.map { blobPath($0.digest) }
        model.digest = digest
        model.manifest = manifest
        return model
    }

    private func problem(with blob: Manifest.Layer) -> ModelProblem.Cause? {
        let path = blobPath(blob.digest)
        guard let size = FileSystem.size(of: path) else {
            let isPartial = FileSystem.names(in: "\(folder)/blobs").contains {
                $0.hasPrefix("\(blob.digest.fileName)-") && $0.contains("-partial")
            }
            return .missing(path: path, isPartial: isPartial)
        }
        guard size == blob.size else { return .wrongSize(path: path, has: size, needs: blob.size) }
        return FileSystem.isReadable(path) ? nil : .unreadable(path: path)
    }
}
