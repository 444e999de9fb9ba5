import Crypto
import Glibc
import Support

extension DigestMemory {
    /// Hashes a file on a thread of its own, and remembers the result.
    ///
    /// It reads the whole file, some seconds a gigabyte: call it when a start is over, never on its way. If the task is
    /// cancelled, it ends within a megabyte and throws `ECANCELED`.
    @discardableResult public func compute(_ file: String) async throws(FileProblem) -> BlobDigest {
        if let known = await onOwnThread({ self.digest(of: file) }) { return known }
        let isCancelled = Lock(false)
        let result = await withTaskCancellationHandler {
            await onOwnThread { Self.hash(file) { isCancelled.withLock { $0 } } }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
        let (digest, identity) = try result.get()
        // The digest is right even where the memory cannot be written, on a full disk for one.
        _ = await onOwnThread { try? remember(digest, of: file, as: identity) }
        return digest
    }

    private static func hash(
        _ file: String,
        isCancelled: () -> Bool
    ) -> Result<(BlobDigest, FileIdentity), FileProblem> {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(.last("open", file)) }
        defer { close(descriptor) }
        guard let before = FileSystem.identity(of: file) else { return .failure(.last("find", file)) }
        var hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            if isCancelled() { return .failure(FileProblem("read", file, code: ECANCELED)) }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failure(.last("read", file)) }
            guard count > 0 else { break }
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        // A file that grew meanwhile has a digest of no state that it ever had.
        guard FileSystem.identity(of: file) == before else { return .failure(FileProblem("hash", file, code: ESTALE)) }
        return .success((BlobDigest(hash.finalize()), before))
    }
}
