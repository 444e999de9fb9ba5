import Glibc
import Prefetch
import Support
import TestSupport
import Testing

@Suite("Prefetching real files")
struct PrefetcherTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file whose pages have been written to the disk and dropped.
    private func coldFile(_ name: String = "model", megabytes: Int = 24) throws -> String {
        let path = try folder.write(name, [UInt8](repeating: 7, count: megabytes << 20))
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        fsync(descriptor)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        return path
    }

    /// Not every kernel or folder (a tmpfs) lets a file be cold.
    private func isCold(_ path: String) throws -> Bool { try CacheSample.residentShare(path) < 0.1 }

    @Test("Everything is in memory afterwards, every byte once, whoever reads: a network's many or a disk's one")
    func complete() async throws {
        for isNetwork in [true, false] {
            let path = try coldFile()
            let wasCold = try isCold(path)
            let seen = Lock(0)
            let request = Prefetcher.Request(files: [path], room: 1 << 30, isNetwork: isNetwork)
            let report = await Prefetcher.start(request) { progress in
                seen.withLock { $0 = max($0, progress.done) }
            }.report()
            guard wasCold else { continue }
            // A machine that is faster than a disk may give up; then it must say so.
            guard report.end == .complete else {
                guard case .gaveUp(.localFast) = report.end else { return #expect(report.end == .complete) }
                continue
            }
            #expect(report.bytesRead + report.bytesResident == 24 << 20)
            #expect(seen.withLock { $0 } == 24 << 20)
            #expect(try CacheSample.residentShare(path) == 1)
        }
    }

    @Test("What is in memory is left alone")
    func cached() async throws {
        let path = try folder.write("warm", [UInt8](repeating: 1, count: 20 << 20))
        let report = await Prefetcher.start(.init(files: [path], room: 1 << 30)).report()
        #expect(report.end == .skipped(.alreadyCached(share: 1)))
        #expect(report.bytesRead == 0 && report.bytesTotal == 20 << 20)
    }

    @Test("Too little room, and it does not begin")
    func noRoom() async throws {
        let path = try coldFile()
        guard try isCold(path) else { return }
        let report = await Prefetcher.start(.init(files: [path], room: 1 << 20)).report()
        guard case .skipped(.noRoom(_, room: 1 << 20)) = report.end else { return #expect(report.end == .complete) }
        #expect(report.bytesRead == 0)
    }

    @Test("Files that cannot be read are a reason, not a crash")
    func unreadable() async throws {
        let missing = await Prefetcher.start(.init(files: [folder.path("none")], room: 1 << 30)).report()
        guard case .failed(let failure) = missing.end else { return #expect(missing.end == .complete) }
        #expect(failure.error == ENOENT && failure.path == folder.path("none"))
        let directory = await Prefetcher.start(.init(files: [folder.path], room: 1 << 30)).report()
        guard case .failed(let failure) = directory.end else { return #expect(directory.end == .complete) }
        #expect(failure.error == EISDIR)
    }

    @Test("Nothing to read, empty files and switched off")
    func nothing() async throws {
        let empty = try folder.write("empty", [])
        #expect(await Prefetcher.start(.init(files: [], room: 1)).report().end == .skipped(.tooSmall(bytes: 0)))
        #expect(await Prefetcher.start(.init(files: [empty], room: 1)).report().end == .skipped(.tooSmall(bytes: 0)))
        let off = Prefetcher.Request(files: [folder.path("none")], room: 1, isEnabled: false)
        #expect(await Prefetcher.start(off).report().end == .skipped(.disabled))
    }

    @Test("Stopped at the first block it ends soon, and every waiter is told")
    func stop() async throws {
        let path = try coldFile(megabytes: 96)
        guard try isCold(path) else { return }
        let held = Lock<Prefetcher?>(nil)
        let prefetcher = Prefetcher.start(.init(files: [path], room: 1 << 30)) { _ in held.withLock { $0 }?.stop() }
        held.withLock { $0 = prefetcher }
        prefetcher.stop()
        async let first = prefetcher.report()
        async let second = prefetcher.report()
        let reports = await [first, second]
        #expect(reports[0] == reports[1])
        #expect(reports[0].end == .stopped)
        // Eight readers, a block each at most.
        #expect(reports[0].bytesRead <= 64 << 20)
        held.withLock { $0 = nil }
    }

    @Test("A sample tells warm, cold and half")
    func sample() throws {
        let path = try coldFile()
        guard try isCold(path) else { return }
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
        var buffer = [UInt8](repeating: 0, count: 12 << 20)
        #expect(pread(descriptor, &buffer, buffer.count, 0) == buffer.count)
        #expect((0.4...0.6).contains(try CacheSample.residentShare(path)))
        #expect(throws: FileFailure.self) { try CacheSample.residentShare(folder.path("none")) }
        #expect(try CacheSample.residentShare(folder.write("empty", [])) == 1)
    }

    @Test("A measurement reads no more than it may, and leaves the cache as it was where it can")
    func bandwidth() async throws {
        let path = try coldFile(megabytes: 48)
        guard try isCold(path) else { return }
        let measured = try await blocking { try Bandwidth.measure(path, limit: 32 << 20) }
        #expect(measured.bytesRead > 0 && measured.bytesRead <= 32 << 20)
        #expect(try #require(measured.best) > 0)
        if measured.isDirect { #expect(try isCold(path)) }
        #expect(throws: FileFailure.self) { try Bandwidth.measure(folder.path("none")) }
        let empty = try Bandwidth.measure(folder.write("empty", []))
        #expect(empty.best == nil && empty.bytesRead == 0)
    }
}
