import CPosix
import Glibc

/// An open file, seen from the page cache. Everything here blocks.
final class CachedFile: Sendable {
    let path: String
    let size: Int
    private let descriptor: Int32

    static let pageSize = max(4096, sysconf(Int32(_SC_PAGESIZE)))

    /// Throws the errno and what it means.
    init(_ path: String) throws(FileFailure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure(path: path, error: errno) }
        var status = stat()
        let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        self.path = path
        self.descriptor = descriptor
        size = Int(status.st_size)
        guard isFile else { throw FileFailure(path: path, error: status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL) }
    }

    deinit {
        close(descriptor)
    }

    /// Whether every page of a range is there or on its way; nil: the kernel does not say.
    ///
    /// `mincore` is not asked: to a user who neither owns a file nor may write it, it reports every page as there.
    func isCached(_ range: Range<Int>) -> Bool? {
        let range = range.clamped(to: 0..<size)
        guard !range.isEmpty else { return true }
        let first = range.lowerBound / Self.pageSize
        let last = (range.upperBound - 1) / Self.pageSize
        let cached = csystem_cached_pages(
            descriptor,
            UInt64(first * Self.pageSize),
            UInt64((last - first + 1) * Self.pageSize)
        )
        if cached >= 0 { return cached >= last - first + 1 }
        return isCachedByReading(first: first, last: last)
    }

    /// Before Linux 6.5: three pages stand for all.
    private func isCachedByReading(first: Int, last: Int) -> Bool? {
        for page in [first, (first + last) / 2, last] {
            var byte: UInt8 = 0
            let count = csystem_read_if_cached(descriptor, &byte, 1, page * Self.pageSize)
            if count > 0 { continue }
            if count < 0, errno != EAGAIN { return nil }
            return false
        }
        return true
    }

    /// Asks the kernel for a range in steps that it does not shorten, and waits for nothing.
    ///
    /// One call reaches no further than the mount's read-ahead size: `WILLNEED` on a whole file at 128 KiB read ahead
    /// read at 43 MB/s where steps of 128 KiB read at 842.
    func readAhead(_ range: Range<Int>, step: Int) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let length = min(step, range.upperBound - offset)
            guard csystem_read_ahead(descriptor, offset, length) == 0 else { return }
            offset += length
        }
    }

    /// Waits until the byte at `offset` is there.
    func touch(_ offset: Int) throws(FileFailure) {
        var byte: UInt8 = 0
        while pread(descriptor, &byte, 1, offset) < 0 {
            guard errno == EINTR else { throw FileFailure(path: path, error: errno) }
        }
    }

    /// Reads through a range and forgets the bytes. Returns how many there were before the end of the file.
    func read(
        _ range: Range<Int>,
        into buffer: UnsafeMutableRawBufferPointer,
        unless isStopped: () -> Bool = { false }
    ) throws(FileFailure) -> Int {
        var offset = range.lowerBound
        while offset < range.upperBound, !isStopped() {
            let count = pread(descriptor, buffer.baseAddress, min(buffer.count, range.upperBound - offset), offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileFailure(path: path, error: errno) }
            guard count > 0 else { break }
            offset += count
        }
        return offset - range.lowerBound
    }
}

/// A file that could not be opened or read.
public struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The error number of the system.
    public let error: Int32

    /// For a person.
    public var description: String { "cannot read \"\(path)\": \(String(cString: strerror(error)))" }
}
