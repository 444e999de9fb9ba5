import Glibc

/// A cursor over the beginning of a file that never trusts a length.
///
/// It reads windows of a megabyte instead of mapping the file. A file that shrinks under a map, which a pull on the
/// same volume can do, kills the process with SIGBUS, while a read just ends; and a page fault fetches 128 KiB at a
/// time, so that on a volume with 5 ms of latency the 6.5 MB before Gemma 3's tensors would take 50 round trips instead
/// of 7.
struct GGUFReader: ~Copyable {
    private static let windowSize = 1 << 20

    let path: String
    let size: Int
    private let descriptor: Int32
    private var window: [UInt8] = []
    private var windowStart = 0
    /// Bytes from the beginning of the file.
    private(set) var offset = 0

    init(path: String) throws(GGUFProblem) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(.last("open", path)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .notGGUF(path: path)
        }
        self.path = path
        self.descriptor = descriptor
        size = Int(status.st_size)
    }

    deinit {
        close(descriptor)
    }

    mutating func integer<Integer: FixedWidthInteger>(_: Integer.Type) throws(GGUFProblem) -> Integer {
        let width = MemoryLayout<Integer>.size
        try load(width)
        let start = offset - windowStart
        let value = window.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: start, as: Integer.self) }
        offset += width
        return Integer(littleEndian: value)
    }

    /// A length, a count or an offset, which the format writes in 64 bits.
    mutating func count(_ what: String, atMost limit: Int) throws(GGUFProblem) -> Int {
        let start = offset
        let value = try integer(UInt64.self)
        guard value <= UInt64(limit) else { throw damaged("\(what) of \(value)", at: start) }
        return Int(value)
    }

    mutating func bytes(_ count: Int) throws(GGUFProblem) -> [UInt8] {
        try load(count)
        let start = offset - windowStart
        offset += count
        return Array(window[start..<start + count])
    }

    /// Steps over bytes, which are not read unless they lie in the window.
    mutating func skip(_ count: Int) throws(GGUFProblem) {
        guard count <= size - offset else { throw .cutShort(path: path, size: size) }
        offset += count
    }

    func damaged(_ what: String, at offset: Int? = nil) -> GGUFProblem {
        .damaged(path: path, what: what, offset: offset ?? self.offset)
    }

    /// Makes the window hold the next `count` bytes.
    private mutating func load(_ count: Int) throws(GGUFProblem) {
        let start = offset - windowStart
        guard start < 0 || start > window.count || count > window.count - start else { return }
        guard count <= size - offset else { throw .cutShort(path: path, size: size) }
        let length = max(count, min(Self.windowSize, size - offset))
        var failure: Int32 = 0
        let (descriptor, offset) = (descriptor, offset)
        window = [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
            filled = 0
            while filled < length {
                let read = pread(
                    descriptor,
                    buffer.baseAddress.map { $0 + filled },
                    length - filled,
                    off_t(offset + filled)
                )
                if read < 0, errno == EINTR { continue }
                if read < 0 { failure = errno }
                guard read > 0 else { return }
                filled += read
            }
        }
        windowStart = offset
        guard failure == 0 else { throw .unreadable(FileProblem("read", path, code: failure)) }
        guard window.count >= count else { throw .cutShort(path: path, size: size) }
    }
}
