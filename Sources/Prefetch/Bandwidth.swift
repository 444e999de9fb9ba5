import CPosix
import Glibc

/// How fast a storage gives a file, for a person who asks and for the floor of a load.
public struct Bandwidth: Sendable, Hashable {
    /// One reader, bytes a second; nil if nothing could be measured.
    public var sequential: Double?
    /// As many readers as a prefetch would use at most, bytes a second.
    public var parallel: Double?
    /// Whether the page cache was passed by. If not, what was cached made the figures better than the storage is.
    public var isDirect: Bool
    /// What the measurement read.
    public var bytesRead: Int

    /// The better of the two.
    public var best: Double? { [sequential, parallel].compactMap(\.self).max() }

    /// Measures with `O_DIRECT`, so that nothing cached flatters it and nothing is dropped from the cache of others;
    /// where the file system cannot, with plain reads of what is not cached. Reads `limit` bytes at most, one half for
    /// each figure, from different parts of the file. Blocks for as long as that takes, or some 4 s.
    ///
    /// - Throws: `FileFailure` if the file cannot be opened or read.
    public static func measure(_ path: String, limit: Int = 256 << 20) throws(FileFailure) -> Bandwidth {
        let file = try CachedFile(path)
        let source = MeasuredFile(file)
        let blocks = source.coldBlocks(limit: limit)
        let half = blocks.count / 2
        let (one, oneBytes) = try rate(source, blocks[..<half], readers: 1)
        let (many, manyBytes) = try rate(source, blocks[half...], readers: PrefetchState.mostReaders)
        return Bandwidth(sequential: one, parallel: many, isDirect: source.isDirect, bytesRead: oneBytes + manyBytes)
    }

    /// A volume that gives 10 MB/s must not keep a person waiting for a figure.
    private static let patience = Duration.seconds(2)

    private static func rate(
        _ source: MeasuredFile,
        _ blocks: ArraySlice<Range<Int>>,
        readers: Int
    ) throws(FileFailure) -> (Double?, Int) {
        let began = ContinuousClock.now
        let outcome = ParallelRead.run(blocks: Array(blocks), readers: readers, until: began + patience) { block in
            source.read(block)
        }
        if let error = outcome.error { throw FileFailure(path: source.path, error: error) }
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        guard outcome.bytes > 0, seconds > 0 else { return (nil, 0) }
        return (Double(outcome.bytes) / seconds, outcome.bytes)
    }
}

/// A file opened past the page cache where that is possible.
final class MeasuredFile: Sendable {
    let isDirect: Bool
    private let cached: CachedFile
    private let descriptor: Int32

    static let blockSize = 4 << 20

    init(_ file: CachedFile) {
        cached = file
        let direct = csystem_open_direct(file.path)
        // Some file systems open so and then refuse to read.
        isDirect = direct >= 0 && Self.canRead(direct)
        if isDirect {
            descriptor = direct
        } else {
            if direct >= 0 { close(direct) }
            descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    var path: String { cached.path }

    /// The blocks to be read, at most `limit` bytes: all over the file, so that both halves see the same storage.
    func coldBlocks(limit: Int) -> [Range<Int>] {
        let starts = stride(from: 0, to: cached.size, by: Self.blockSize)
        let whole = starts.map { $0..<min(cached.size, $0 + Self.blockSize) }
        let cold = isDirect ? whole : whole.filter { cached.isCached($0.lowerBound..<$0.lowerBound + 1) != true }
        let count = max(2, limit / Self.blockSize)
        guard cold.count > count else { return cold }
        return (0..<count).map { cold[$0 * cold.count / count] }
    }

    /// Bytes read, or the negative errno.
    func read(_ range: Range<Int>) -> Int {
        let size = 1 << 20
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: CachedFile.pageSize)
        defer { buffer.deallocate() }
        var offset = range.lowerBound
        while offset < range.upperBound {
            // Whole pages: a direct read of a file's last bytes must ask for more than there are.
            let count = pread(descriptor, buffer.baseAddress, size, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return -Int(errno) }
            guard count > 0 else { break }
            offset += count
        }
        return offset - range.lowerBound
    }

    private static func canRead(_ descriptor: Int32) -> Bool {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
        defer { buffer.deallocate() }
        return pread(descriptor, buffer.baseAddress, 4096, 0) >= 0
    }
}
