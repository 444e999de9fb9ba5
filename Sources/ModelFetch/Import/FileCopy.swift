import Crypto
import Glibc
import ModelStore
import Support

/// Brings a file of this disk into a store as a blob, hashing it on the way.
struct FileCopy: Sendable {
    /// The ioctl that makes a file share another's blocks (FICLONE), where the file system can: no copy, no room.
    ///
    /// Not a hard link: a blob must not change when somebody edits the file that it came from.
    private static let clone: UInt = 0x4004_9409
    private static let blockSize = 1 << 20

    let writer: StoreWriter
    let onBytes: @Sendable (Int) -> Void
    /// Asked between blocks.
    let isCancelled: @Sendable () -> Bool

    /// Returns the blob's digest and size. Blocks, for long.
    func add(_ path: String) throws(PullError) -> (digest: BlobDigest, size: Int) {
        let source = open(path, O_RDONLY | O_CLOEXEC)
        guard source >= 0 else { throw .last("read", path) }
        defer { close(source) }
        let name = BlobDigest(of: Array("\(path) \(SmallFile.uuid())".utf8))
        // Ollama removes such names when they are old: what a killed import leaves does not stay for ever.
        let temporary = BlobPull.partialPath(of: writer.store.blobPath(name))
        let target = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard target >= 0 else { throw .last("write", temporary) }
        defer {
            close(target)
            unlink(temporary)
        }
        let isCloned = ioctl(target, Self.clone, source) == 0
        // A clone is hashed itself: the file that it came from may be edited meanwhile.
        let (digest, size) = try copy(path, isCloned ? target : source, to: isCloned ? nil : (temporary, target))
        let blob = writer.store.blobPath(digest)
        if FileSystem.size(of: blob) != size {
            guard fsync(target) == 0 else { throw .last("flush", temporary) }
            guard rename(temporary, blob) == 0 else { throw .last("rename", temporary) }
        }
        return (digest, size)
    }

    private func copy(
        _ path: String,
        _ source: Int32,
        to target: (path: String, descriptor: Int32)?
    ) throws(PullError) -> (BlobDigest, Int) {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.blockSize, alignment: 4096)
        defer { block.deallocate() }
        var (hash, size) = (SHA256(), 0)
        while true {
            if isCancelled() { throw .cancelled }
            let count = read(source, block.baseAddress, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last("read", path) }
            guard count > 0 else { return (BlobDigest(hash.finalize()), size) }
            let piece = UnsafeRawBufferPointer(rebasing: block[..<count])
            hash.update(bufferPointer: piece)
            if let target { try write(piece, to: target.descriptor, target.path) }
            size += count
            onBytes(count)
        }
    }

    private func write(_ piece: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String) throws(PullError) {
        var rest = piece[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .last("write", path) }
            rest = rest.dropFirst(count)
        }
    }
}
