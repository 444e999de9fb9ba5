import JSON

/// Ollama's folder of models, read without Ollama: `manifests/HOST/NAMESPACE/MODEL/TAG` names blobs by digest.
struct OllamaStore: Sendable, Hashable {
    let folder: String

    /// The models whose weights are there in full. Sizes are compared with the manifest, which finds a download that
    /// was cut short; Ollama itself goes on listing such models. Blocking.
    func models() -> [ModelFile] {
        let root = "\(folder)/manifests"
        var models: [ModelFile] = []
        for host in FileSystem.names(in: root) {
            for namespace in FileSystem.names(in: "\(root)/\(host)") {
                for model in FileSystem.names(in: "\(root)/\(host)/\(namespace)") {
                    for tag in FileSystem.names(in: "\(root)/\(host)/\(namespace)/\(model)") {
                        let name = ModelName.canonical("\(host)/\(namespace)/\(model):\(tag)")
                        let manifest = "\(root)/\(host)/\(namespace)/\(model)/\(tag)"
                        if let file = self.model(name, manifest: manifest) { models.append(file) }
                    }
                }
            }
        }
        return models
    }

    private func model(_ name: String, manifest path: String) -> ModelFile? {
        guard let bytes = FileSystem.contents(of: path, limit: 1 << 20), let manifest = try? JSON(parsing: bytes),
            let weights = blob("application/vnd.ollama.image.model", in: manifest)
        else { return nil }
        let projector = blob("application/vnd.ollama.image.projector", in: manifest)
        return ModelFile(name: name, path: weights.path, projector: projector?.path, bytes: weights.bytes)
    }

    private func blob(_ mediaType: String, in manifest: JSON) -> (path: String, bytes: Int)? {
        let layer = manifest["layers"]?.array?.first { $0["mediaType"]?.string == mediaType }
        // Manifests write "sha256:HEX", files are named "sha256-HEX". Anything else could lead out of the folder.
        guard let layer, let digest = layer["digest"]?.string, digest.hasPrefix("sha256:"),
            digest.dropFirst(7).allSatisfy(\.isHexDigit)
        else { return nil }
        let path = "\(folder)/blobs/sha256-\(digest.dropFirst(7))"
        guard let bytes = FileSystem.size(of: path), bytes == layer["size"]?.int ?? bytes else { return nil }
        return (path, bytes)
    }
}
