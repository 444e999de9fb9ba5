import ModelStore

/// Which of a manifest's blobs are to be fetched. Blocks while it looks.
struct BlobPlan: Sendable, Equatable {
    /// In the manifest's order, each once.
    let missing: [Manifest.Layer]
    /// Bytes of the whole model.
    let bytes: Int
    /// Bytes of it on disk, those of partial files included.
    let present: Int
    /// Bytes that the disk still has to give.
    let neededSpace: Int

    init(_ manifest: Manifest, model: String, in store: OllamaStore) throws(PullError) {
        var sizes: [BlobDigest: Int] = [:]
        var missing: [Manifest.Layer] = []
        var (present, neededSpace) = (0, 0)
        for blob in manifest.blobs {
            if let size = sizes[blob.digest] {
                guard size == blob.size else {
                    throw .badManifest(model, reason: "it gives two sizes for \(blob.digest)")
                }
                continue
            }
            sizes[blob.digest] = blob.size
            let path = store.blobPath(blob.digest)
            if FileSystem.size(of: path) == blob.size {
                present += blob.size
                continue
            }
            missing.append(blob)
            let partial = BlobPull.partialPath(of: path)
            present += PartialFile.progress(path: partial, size: blob.size)
            neededSpace += max(blob.size - FreeSpace.allocated(to: partial), 0)
        }
        guard !manifest.layers.isEmpty else { throw .badManifest(model, reason: "it has no layers") }
        bytes = sizes.values.reduce(0, +)
        self.missing = missing
        self.present = present
        self.neededSpace = neededSpace
    }
}
