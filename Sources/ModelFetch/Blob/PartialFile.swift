import Glibc
import ModelStore
import Support

/// A blob on its way to disk: the file, the plan of its bytes, and the record of what is good.
///
/// An actor on a thread of its own, because every step may wait for the disk.
actor PartialFile {
    /// What may be lost, and fetched again, when the process is killed: bytes on disk that the record does not know yet.
    private static let recordEvery = 2 << 20

    nonisolated let path: String
    nonisolated let size: Int
    private nonisolated let lane = DiskLane("kindling.pull.write")
    nonisolated var unownedExecutor: UnownedSerialExecutor { lane.asUnownedSerialExecutor() }

    /// The newest end of what is on disk without a gap, for the hash that follows it. One listener.
    nonisolated let fronts: AsyncStream<Int>
    private let frontMoved: AsyncStream<Int>.Continuation

    private let descriptor: Int32
    private var plan: RangePlan
    private var validator: String?
    private var unrecorded = 0

    /// Opens what an earlier attempt left, or begins anew. Blocks.
    ///
    /// - Parameters:
    ///   - validator: what the server calls this version now; a partial file of another version is of no use
    ///   - resumes: whether what is there may be built on at all
    init(path: String, size: Int, validator: String? = nil, resumes: Bool = true) throws(PullError) {
        self.path = path
        self.size = size
        self.validator = validator
        (fronts, frontMoved) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .last("write", path) }
        let finished = resumes ? Self.finished(path: path, size: size, validator: validator, descriptor) : RangeSet()
        plan = RangePlan(size: size, finished: finished)
        // Everything has its value by now, so a throw runs `deinit`, which closes the file.
        if plan.count == 0, ftruncate(descriptor, 0) != 0 { throw .last("empty", path) }
        if ftruncate(descriptor, size) != 0 { throw .last("enlarge", path) }
        if plan.front > 0 { frontMoved.yield(plan.front) }
    }

    deinit {
        close(descriptor)
    }

    /// Bytes that are on disk.
    var count: Int { plan.count }
    var isComplete: Bool { plan.isComplete }

    /// The next bytes to ask a server for.
    func claim(upTo length: Int) -> Range<Int>? {
        plan.claim(upTo: length)
    }

    /// Gives back what was asked for and did not come.
    func release(_ range: Range<Int>) {
        plan.release(range)
    }

    /// Puts bytes where they belong, unless all of them are there already. Returns how many are new.
    @discardableResult
    func write(_ bytes: [UInt8], at offset: Int) throws(PullError) -> Int {
        let range = offset..<(offset + bytes.count)
        guard !plan.finished.isSuperset(of: RangeSet(range)) else { return 0 }
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress, $0.count, offset + written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .last("write", path) }
            written += count
        }
        let (front, count) = (plan.front, plan.count)
        plan.finish(range)
        if plan.front > front { frontMoved.yield(plan.front) }
        unrecorded += bytes.count
        if unrecorded >= Self.recordEvery { try saveRecord() }
        return plan.count - count
    }

    /// Says what is on disk in the record, so that the next attempt can build on it.
    func saveRecord() throws(PullError) {
        unrecorded = 0
        let record = ResumeRecord(size: size, validator: validator, finished: plan.finished)
        do {
            try FileSystem.replace(Self.recordPath(of: path), with: record.bytes)
        } catch {
            throw .disk(error)
        }
    }

    /// The record that the next attempt builds on. On a full disk the room of the one before it is all there is; without
    /// it what came would be fetched again.
    func saveLastRecord() throws(PullError) {
        do throws(PullError) {
            try saveRecord()
        } catch {
            guard case .disk(let problem) = error, problem.code == ENOSPC else { throw error }
            unlink(Self.recordPath(of: path))
            try saveRecord()
        }
    }

    /// No more bytes will come: ends `fronts`.
    func stop() {
        frontMoved.finish()
    }

    /// Waits until all is safe on disk, and gives the file its name.
    func publish(as final: String) throws(PullError) {
        guard fsync(descriptor) == 0 else { throw .last("flush", path) }
        guard rename(path, final) == 0 else { throw .last("rename", path) }
        unlink(Self.recordPath(of: path))
    }

    /// Throws what came away.
    func discard() {
        unlink(path)
        unlink(Self.recordPath(of: path))
    }

    /// How much of a partial file is good. Blocks.
    static func progress(path: String, size: Int) -> Int {
        guard let record = record(of: path, size: size) else { return 0 }
        return RangePlan(size: size, finished: record.finished).count
    }

    private static func finished(path: String, size: Int, validator: String?, _ descriptor: Int32) -> RangeSet<Int> {
        var status = stat()
        guard let record = record(of: path, size: size), record.validator == validator,
            fstat(descriptor, &status) == 0, status.st_size == size
        else { return RangeSet() }
        return record.finished
    }

    private static func record(of path: String, size: Int) -> ResumeRecord? {
        guard let bytes = SmallFile.bytes(of: recordPath(of: path)), let record = ResumeRecord(bytes) else {
            return nil
        }
        return record.size == size ? record : nil
    }

    private static func recordPath(of path: String) -> String { "\(path).json" }
}
