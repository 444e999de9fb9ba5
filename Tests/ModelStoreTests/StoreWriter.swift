import ModelStore
import TestSupport

/// Makes stores and caches on disk.
struct StoreWriter {
    let folder: TemporaryFolder

    /// A store at `place` below the folder.
    func store(_ place: String = "") -> OllamaStore {
        OllamaStore(folder: place.isEmpty ? folder.path : folder.path(place))
    }

    /// Adds a model with one blob of weights to the store at `place`. Returns its manifest.
    @discardableResult func add(
        _ name: String,
        weights: [UInt8] = [1, 2, 3],
        claimed: Int? = nil,
        texts: [(Manifest.Kind, String)] = [],
        at place: String = "store"
    ) throws -> Manifest {
        func blob(_ bytes: [UInt8]) throws -> BlobDigest {
            let digest = BlobDigest(of: bytes)
            try folder.write("\(place)/blobs/\(digest.fileName)", bytes)
            return digest
        }
        let configuration = Array(#"{"model_format":"gguf","renderer":"gemma4"}"#.utf8)
        var layers = [Manifest.Layer(.model, digest: try blob(weights), size: claimed ?? weights.count)]
        for (kind, text) in texts {
            layers.append(Manifest.Layer(kind, digest: try blob(Array(text.utf8)), size: text.utf8.count))
        }
        let manifest = Manifest(
            configuration: .init(
                mediaType: Manifest.configurationMediaType,
                digest: try blob(configuration),
                size: configuration.count
            ),
            layers: layers
        )
        let reference = try Require.some(ModelReference(name))
        try folder.write("\(place)/manifests/\(reference.manifestPath)", manifest.bytes)
        return manifest
    }

    /// Adds a file to a Hugging Face cache at `hub`: a blob and a link in the snapshot. Returns the link's path.
    @discardableResult func cache(
        _ repository: String,
        _ file: String,
        _ bytes: [UInt8],
        snapshot: String = "abc123",
        blob: String? = nil
    ) throws -> String {
        let root = "hub/models--\(repository.split(separator: "/").joined(separator: "--"))"
        let blob = blob ?? BlobDigest(of: bytes).hex
        try folder.write("\(root)/blobs/\(blob)", bytes)
        return try link("\(root)/snapshots/\(snapshot)/\(file)", to: blob)
    }

    /// A link in a snapshot, whether or not its blob is there.
    @discardableResult func link(_ path: String, to blob: String) throws -> String {
        let depth = path.split(separator: "/").count - 3
        let up = String(repeating: "../", count: depth)
        try FileSystem.makeFolder(FileSystem.folder(of: folder.path(path)))
        try FileSystem.symlink(folder.path(path), to: "\(up)blobs/\(blob)")
        return folder.path(path)
    }
}

enum Require {
    struct Missing: Error {}

    static func some<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw Missing() }
        return value
    }
}
