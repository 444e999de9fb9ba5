/// Ollama's folder of models, read without Ollama: `manifests/HOST/NAMESPACE/MODEL/TAG` names blobs by digest.
///
/// Only stats and manifests are read, never weights. All of it blocks.
public struct OllamaStore: Sendable, Hashable {
    /// What `OLLAMA_MODELS` says: the folder with `blobs` and `manifests`.
    public let folder: String

    /// The store in a folder, which need not exist.
    public init(folder: String) {
        self.folder = folder
    }

    /// Where a blob is, or has to be.
    public func blobPath(_ digest: BlobDigest) -> String {
        "\(folder)/blobs/\(digest.fileName)"
    }

    /// Where a model's manifest is, or has to be.
    public func manifestPath(_ reference: ModelReference) -> String {
        "\(folder)/manifests/\(reference.manifestPath)"
    }

    /// Whether there is anything in it.
    public var exists: Bool { FileSystem.isFolder("\(folder)/manifests") }

    /// The models that have a manifest, whole or not, by path.
    public func references() -> [ModelReference] {
        manifests().map(\.reference)
    }

    /// The models that are there in full, and what is wrong with the others.
    public func contents() -> [Result<StoredModel, ModelProblem>] {
        manifests().map { entry in model(entry.reference, manifest: entry.path) }
    }

    /// A model, if it is there in full.
    ///
    /// Ollama itself compares no sizes: it lists a model whose download was cut short, and answers requests for it with
    /// a 400 "does not support generate".
    public func model(_ reference: ModelReference) -> Result<StoredModel, ModelProblem> {
        guard let path = existingManifest(of: reference) else {
            return .failure(ModelProblem(reference.short, .notFound(searched: [folder], unfinished: unfinished())))
        }
        return model(reference, manifest: path)
    }

    /// A model's manifest as it stands there; nil if there is none.
    func manifestBytes(_ reference: ModelReference) -> [UInt8]? {
        existingManifest(of: reference).flatMap { FileSystem.contents(of: $0, limit: Manifest.sizeLimit) }
    }

    /// Where partial downloads lie; empty if there are none.
    func unfinished() -> [String] {
        let blobs = "\(folder)/blobs"
        return FileSystem.names(in: blobs).contains { $0.contains("-partial") } ? [blobs] : []
    }

    /// Names on disk keep the case in which they were typed, and Ollama finds them in any.
    func existingManifest(of reference: ModelReference) -> String? {
        let paths = reference.manifestPaths.map { "\(folder)/manifests/\($0)" }
        if let path = paths.first(where: { FileSystem.size(of: $0) != nil }) { return path }
        let wanted = reference.short.lowercased()
        return manifests().first { $0.reference.short.lowercased() == wanted }?.path
    }

    private func manifests() -> [(reference: ModelReference, path: String)] {
        let root = "\(folder)/manifests"
        var found: [(ModelReference, String)] = []
        for host in FileSystem.names(in: root) {
            for namespace in FileSystem.names(in: "\(root)/\(host)") {
                for model in FileSystem.names(in: "\(root)/\(host)/\(namespace)") {
                    for tag in FileSystem.names(in: "\(root)/\(host)/\(namespace)/\(model)") {
                        let reference = ModelReference(host: host, namespace: namespace, model: model, tag: tag)
                        let path = "\(root)/\(host)/\(namespace)/\(model)/\(tag)"
                        if let reference, FileSystem.size(of: path) != nil { found.append((reference, path)) }
                    }
                }
            }
        }
        return found
    }
}
