import Glibc

/// Brings one block after the other into the page cache, on one thread.
struct BlockReader: ~Copyable {
    private let files: [CachedFile]
    private let step: Int
    private let isStopped: () -> Bool
    private let buffer: UnsafeMutableRawBufferPointer

    /// Sixteen readers with this much stay within 4 MB; it fits a core's own cache, so that copying is cheap.
    private static let bufferSize = 256 << 10

    init(_ files: [CachedFile], step: Int, unless isStopped: @escaping () -> Bool) {
        self.files = files
        self.step = max(CachedFile.pageSize, step)
        self.isStopped = isStopped
        buffer = .allocate(byteCount: Self.bufferSize, alignment: CachedFile.pageSize)
    }

    deinit {
        buffer.deallocate()
    }

    /// Three ways, each cheaper than the next: it is there; the kernel took the whole request; read it.
    mutating func read(_ block: Block) -> PrefetchState.Outcome {
        let file = files[block.file]
        if file.isCached(block.range) == true { return .resident }
        file.readAhead(block.range, step: step)
        do throws(FileFailure) {
            // Where the kernel dropped a part (a full FUSE queue does) or does not tell, only reading makes certain.
            guard file.isCached(block.range) == true else {
                return .arrived(bytes: try file.read(block.range, into: buffer, unless: isStopped), .read)
            }
            try wait(for: block.range, of: file)
            return .arrived(bytes: block.range.count, .readAhead)
        } catch {
            return .failed(error)
        }
    }

    /// The last byte of each request is the last to come.
    private func wait(for range: Range<Int>, of file: CachedFile) throws(FileFailure) {
        var end = range.lowerBound
        while end < range.upperBound, !isStopped() {
            end = min(range.upperBound, end + step)
            try file.touch(end - 1)
        }
    }
}
