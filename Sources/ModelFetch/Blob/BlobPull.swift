import ModelStore
import Support

/// Brings one blob of known digest into a store: alone on it, verified, and only then under its name.
struct BlobPull: Sendable {
    let store: OllamaStore
    let digest: BlobDigest
    let source: BlobSource
    let policy: PullPolicy
    let onEvent: @Sendable (PullEvent) -> Void

    private var path: String { store.blobPath(digest) }
    private var partialPath: String { Self.partialPath(of: path) }

    /// Like Ollama's name for what is on its way, so that it removes ours too when nobody has touched it for an hour; but
    /// not the same, nor one that it looks for (`…-partial-*`), for it may be pulling the same blob beside us.
    static func partialPath(of path: String) -> String { "\(path)-kindling-partial" }

    /// Returns when the blob is there, by whomever.
    func run() async throws {
        let before = await onDisk { PartialFile.progress(path: partialPath, size: source.size) }
        let done: Void? = try await PullLock.hold(
            "\(partialPath).lock",
            timing: policy.lock,
            unless: { [path, size = source.size] in FileSystem.size(of: path) == size },
            onWait: { holder in onEvent(.waiting(for: holder?.description ?? "another pull")) },
            fetch
        )
        if done == nil { onEvent(.broughtByOther(bytes: source.size - before)) }
    }

    private func fetch() async throws {
        var found = try await attempt()
        // Once more from the first byte: the damage may have been on the way, or in what an earlier attempt left.
        if found != digest { found = try await attempt() }
        guard found == digest else {
            throw PullError.wrongDigest(expected: digest, found: found, from: source.address.authority)
        }
    }

    private func attempt() async throws -> BlobDigest {
        try await StaleFiles.reopening(onRetry: { onEvent(.retrying($0, in: $1)) }, fetchOnce)
    }

    private func fetchOnce() async throws -> BlobDigest {
        let file = try await onDisk { () throws(PullError) in try PartialFile(path: partialPath, size: source.size) }
        let found = try await BlobDownload(source: source, file: file, policy: policy, onEvent: onEvent).run()
        if found == digest {
            try await file.publish(as: path)
        } else {
            await file.discard()
            onEvent(.startedOver(bytes: source.size, wanted: digest, found: found))
        }
        return found
    }
}
