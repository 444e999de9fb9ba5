import Crypto
import Glibc
import ModelStore

/// The SHA-256 of a file that is still being written: follows the end of what is there without a gap.
///
/// It reads back what was just written, which the page cache still has: with several connections most bytes arrive out
/// of order, and one way for all of them is simpler than two. What an earlier attempt left is read, too, so the digest
/// never rests on a record.
actor FrontHasher {
    /// Larger blocks hash no faster.
    private static let blockSize = 256 * 1024

    private nonisolated let lane = DiskLane("kindling.pull.hash")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    private let path: String
    private let descriptor: Int32
    private var block = [UInt8](repeating: 0, count: blockSize)
    private var hash = SHA256()
    private var position = 0

    /// Blocks.
    init(path: String) throws(PullError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .last("read", path) }
    }

    deinit {
        close(descriptor)
    }

    /// Takes in the bytes up to `front`.
    func follow(to front: Int) throws(PullError) {
        while position < front {
            let wanted = min(block.count, front - position)
            let count = block.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, wanted, position) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last("read", path) }
            // A file that ends before the front was cut by somebody else.
            guard count > 0 else { throw .disk(FileProblem("read on in", path, code: EIO)) }
            block.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            position += count
        }
    }

    /// The digest of what was taken in.
    var digest: BlobDigest { BlobDigest(hash.finalize()) }
}
