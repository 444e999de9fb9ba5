import Glibc
import ModelStore

/// Puts folders, small blobs and manifests into a store as Ollama does: folders 0755, files 0644. Blocks.
struct StoreWriter: Sendable {
    let store: OllamaStore

    /// What the store's own files take besides blobs: manifests, records, locks.
    private static let margin = 1 << 20

    /// Makes the store's folders and sees that there is room.
    func prepare(needing bytes: Int) throws(PullError) {
        try disk { () throws(FileProblem) in
            try FileSystem.makeFolder("\(store.folder)/blobs")
            try FileSystem.makeFolder("\(store.folder)/manifests")
        }
        if bytes > 0 { try FreeSpace.check(bytes + Self.margin, at: "\(store.folder)/blobs") }
    }

    /// Puts a small blob there, unless it is.
    func add(_ bytes: [UInt8]) throws(PullError) -> BlobDigest {
        let digest = BlobDigest(of: bytes)
        let path = store.blobPath(digest)
        guard FileSystem.size(of: path) != bytes.count else { return digest }
        try disk { () throws(FileProblem) in try FileSystem.replace(path, with: bytes, durably: true) }
        return digest
    }

    /// Makes a model of what was put there. False: it was one already, of the very same parts.
    func publish(_ manifest: [UInt8], as model: ModelReference) throws(PullError) -> Bool {
        let path = store.manifestPath(model)
        guard FileSystem.contents(of: path, limit: Manifest.sizeLimit) != manifest else { return false }
        try disk { () throws(FileProblem) in
            try FileSystem.makeFolder(FileSystem.folder(of: path))
            // The names of the blobs must be on disk before the name of the manifest that points to them. Where a file
            // system cannot flush a folder, there is nothing else to do.
            try? FileSystem.synchronise("\(store.folder)/blobs")
            try FileSystem.replace(path, with: manifest, durably: true)
            try? FileSystem.synchronise(FileSystem.folder(of: path))
        }
        return true
    }

    private func disk(_ work: () throws(FileProblem) -> Void) throws(PullError) {
        do {
            try work()
        } catch {
            throw .disk(error)
        }
    }
}
