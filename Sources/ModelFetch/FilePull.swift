import HTTPTransport
import ModelStore
import Support

extension ModelPuller {
    /// Makes a model of a GGUF file on a web server.
    func pullFile(_ url: String, as model: ModelReference) async throws {
        guard let address = WebAddress(url) else { throw PullError.badName(url, reason: "it is not a URL") }
        try refusePart(address)
        let writer = StoreWriter(store: store)
        let file = try await web.retrying(at: address) { () throws(FetchFailure) in try await RemoteFile(address, web) }
        // Without a digest beforehand the partial file is named after the URL; what it becomes is found on the way.
        let name = file.digest ?? BlobDigest(of: Array(address.url.utf8))
        let partial = BlobPull.partialPath(of: store.blobPath(name))
        let present = try await onDisk { () throws(PullError) -> Int in
            let isThere = file.digest.map { FileSystem.size(of: store.blobPath($0)) == file.size } ?? false
            try writer.prepare(needing: isThere ? 0 : max(file.size - FreeSpace.allocated(to: partial), 0))
            return isThere ? file.size : PartialFile.progress(path: partial, size: file.size)
        }
        onEvent(.planned(model: model.short, bytes: file.size, present: present))
        let source = BlobSource(address, size: file.size, what: "\(address.path)", version: file.validator, web: web)
        let digest: BlobDigest
        if let known = file.digest {
            if present < file.size {
                try await BlobPull(store: store, digest: known, source: source, policy: policy, onEvent: onEvent).run()
            }
            digest = known
        } else {
            digest = try await pullUnknown(source, into: partial, validator: file.validator)
        }
        let isNew = try await onDisk { () throws(PullError) in
            let layer = Manifest.Layer(.model, digest: digest, size: file.size)
            return try ModelParts(files: [layer]).publish(as: model, with: writer)
        }
        onEvent(.done(model: model.short, wasFetched: isNew || present < file.size))
    }

    /// A part of a model is of no use alone. Its name says so before a byte of it has come, as its header would after all.
    private func refusePart(_ address: WebAddress) throws(PullError) {
        guard let name = address.path.split(separator: "/").last, let part = GGUFFileName(String(name))?.part else {
            return
        }
        throw .notAModel(
            "\(address)",
            reason: "its name says that it is one of \(part.count) parts; fetch all, merge them with llama-gguf-split "
                + "--merge, and import the result with --from"
        )
    }

    /// Nobody says what the digest should be; it is what the blob is named by in the end.
    private func pullUnknown(_ source: BlobSource, into partial: String, validator: String?) async throws -> BlobDigest
    {
        let digest = try await PullLock.hold(
            "\(partial).lock",
            timing: policy.lock,
            unless: { false },
            onWait: { [onEvent] holder in onEvent(.waiting(for: holder?.description ?? "another pull")) },
            { [store, policy, onEvent] in
                try await StaleFiles.reopening(onRetry: { onEvent(.retrying($0, in: $1)) }) {
                    let file = try await onDisk { () throws(PullError) in
                        // Without a name for this version, what an earlier attempt left may be of another.
                        try PartialFile(
                            path: partial,
                            size: source.size,
                            validator: validator,
                            resumes: validator != nil
                        )
                    }
                    let download = BlobDownload(source: source, file: file, policy: policy, onEvent: onEvent)
                    let digest = try await download.run()
                    try await file.publish(as: store.blobPath(digest))
                    return digest
                }
            }
        )
        guard let digest else { throw PullError.cancelled }
        return digest
    }
}

/// What a web server says of a file before it is fetched.
struct RemoteFile: Sendable {
    let size: Int
    /// Named by Hugging Face while it redirects to where the bytes are.
    let digest: BlobDigest?
    /// Changes when the file does.
    let validator: String?

    /// Asks for the first four bytes, which tell a model from the error page of a hotel's network.
    init(_ address: WebAddress, _ web: WebClient) async throws(FetchFailure) {
        let magic = Array("GGUF".utf8)
        let what = String(address.path)
        let answer = try await web.open(address, [(name: "Range", value: (0..<magic.count).header)], what: what)
        var first: [UInt8] = []
        do {
            var iterator = answer.response.body.makeAsyncIterator()
            while first.count < magic.count, let piece = try await iterator.next() {
                first += piece.prefix(magic.count)
            }
        } catch {
            throw FetchFailure(error, at: answer.address)
        }
        guard first.starts(with: magic) else {
            throw .final(.notAModel("\(address)", reason: "it does not begin as GGUF files do"))
        }
        let headers = answer.response.headers
        let total =
            headers["Content-Range"].flatMap { ContentRange($0)?.total }
            ?? headers["Content-Length"].flatMap { Int($0) }
        guard let total, (magic.count...1 << 48).contains(total) else {
            throw .final(.notAModel("\(address)", reason: "the server does not say how large it is"))
        }
        size = total
        let linked = (answer.redirects + [headers]).lazy.compactMap { $0["X-Linked-ETag"] }.first
        digest = linked.flatMap { BlobDigest(hex: $0.filter { $0 != "\"" }) }
        validator = headers["ETag"] ?? headers["Last-Modified"]
    }
}
