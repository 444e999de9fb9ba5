import Glibc
import Jobs
import TestSupport
import Testing

@testable import Delivery

@Suite struct OutboxRecoveryTests {
    private let state: StateFolder

    init() throws {
        state = try StateFolder()
    }

    @Test func aWorkerFindsWhatItsNamesakeLeftOldestFirst() async throws {
        let before = state.outbox()
        for finished in [3, 1, 2] {
            var stored = try await before.store(makeParcel("\(finished)", chunks: ["one", "two"], finished: finished))
            if finished == 2 { stored = await before.acknowledgedChunk(of: stored) }
        }
        let after = state.outbox()
        let found = await after.recover()
        #expect(found.map(\.address.job) == ["1", "2", "3"])
        #expect(found.map(\.chunksLeft) == [2, 1, 2])
        #expect(try await after.load(found[1])?.chunks == [Array("two".utf8)])
        #expect(await after.recover() == [], "each is returned once")
    }

    @Test func whatIsKnownAlreadyIsNotFoundAgain() async throws {
        let outbox = state.outbox()
        _ = try await outbox.store(makeParcel())
        #expect(await outbox.recover() == [])
    }

    @Test func halfWrittenFilesAreSweptAndForeignOnesStay() async throws {
        let stored = try await state.outbox().store(makeParcel())
        for name in ["\(stored.name).0.new", "notes.txt"] { try state.temporary.write("outbox/a/\(name)", [1, 2, 3]) }
        let after = state.outbox()
        #expect(await after.recover() == [stored])
        #expect(state.entries("outbox/a") == [".alive", "\(stored.name).0", "notes.txt"])
        await after.remove(stored)
        #expect(state.entries("outbox/a") == ["notes.txt"])
    }

    @Test func aDamagedFileIsSetAsideAndTold() async throws {
        let before = state.outbox()
        let torn = try await before.store(makeParcel("torn"))
        let rotten = try await before.store(makeParcel("rotten", finished: 1_763_719_200_001))
        let good = try await before.store(makeParcel("good", finished: 1_763_719_200_002))
        let (tornFile, rottenFile) = ("outbox/a/\(torn.name).0", "outbox/a/\(rotten.name).0")
        try state.temporary.write(tornFile, Array(try state.bytes(tornFile).dropLast()))
        var bytes = try state.bytes(rottenFile)
        bytes[bytes.count - 2] ^= 1
        try state.temporary.write(rottenFile, bytes)
        let after = state.outbox()
        let found = await after.recover()
        // The header of the second is whole: what is wrong with it shows when it is read.
        #expect(found.map(\.address.job) == ["rotten", "good"])
        #expect(try await after.load(found[0]) == nil)
        #expect(try await after.load(found[0]) == nil)
        #expect(try await after.load(found[1]) != nil)
        #expect(state.entries("outbox/rejected") == ["\(torn.name).0.damaged", "\(rotten.name).0.damaged"])
        #expect(state.news.all.count == 2)
        #expect(state.news.all.allSatisfy { $0.description.contains("will not be sent") })
        #expect(state.entries("outbox/a") == [".alive", "\(good.name).0"])
    }

    @Test func aPipeOrLinkInItsPlaceStopsNobody() async throws {
        let stored = try await state.outbox().store(makeParcel())
        let others = ["a", "b", "c"].map { "000000000000001-0123456789abcdef-000000000000000\($0)" }
        #expect(mkfifo(state.temporary.path("outbox/a/\(others[0]).0"), 0o600) == 0)
        #expect(symlink("\(stored.name).0", state.temporary.path("outbox/a/\(others[1]).0")) == 0)
        #expect(mkdir(state.temporary.path("outbox/a/\(others[2]).0"), 0o700) == 0)
        #expect(await state.outbox().recover() == [stored])
    }

    @Test func aNewerWorkersFileIsLeftAlone() async throws {
        let stored = try await state.outbox().store(makeParcel())
        let file = "outbox/a/\(stored.name).0"
        let text = String(decoding: try state.bytes(file), as: UTF8.self)
        try state.temporary.write(file, Array(text.replacing("kindling-parcel 1", with: "kindling-parcel 2").utf8))
        let after = state.outbox()
        #expect(await after.recover() == [])
        #expect(await after.recover() == [])
        #expect(state.entries("outbox/a").contains("\(stored.name).0"))
        #expect(state.news.all.map(\.description).filter { $0.contains("version 2") }.count == 1, "told once")
    }

    @Test func whatIsAnotherQueuesStaysWhereItIs() async throws {
        let before = state.outbox("b")
        let theirs = try await before.store(makeParcel("theirs"))
        let ours = try await before.store(makeParcel("ours"))
        state.age("b", by: 120)
        let after = state.outbox("a")
        #expect(await after.recover { $0.result.hasSuffix("/ours") } == [ours])
        #expect(state.entries("outbox/b") == [".alive", "\(theirs.name).0"])
        #expect(await after.recover { $0.result.hasSuffix("/theirs") } == [theirs])
        #expect(state.entries("outbox") == ["a"])
    }

    @Test func aDeadWorkersParcelsAreTakenOver() async throws {
        let before = state.outbox("b")
        let stored = await before.acknowledgedChunk(of: try await before.store(makeParcel(chunks: ["one", "two"])))
        close(state.hold("b"))
        state.age("b", by: 120)
        let after = state.outbox("a")
        #expect(await after.recover() == [stored])
        #expect(state.entries("outbox") == ["a"])
        #expect(state.entries("outbox/a") == [".alive", "\(stored.name).1"])
        #expect(state.news.all == [.tookOver(results: 1, from: "b")])
        #expect(try await after.load(stored)?.chunks == [Array("two".utf8)])
        #expect(try await before.load(stored) == nil, "should it live after all, it is told that another has it")
    }

    @Test func aWorkerThatIsMerelyStoppedKeepsItsOwn() async throws {
        let lock = state.hold("b")
        defer { close(lock) }
        let stored = try await state.outbox("b").store(makeParcel())
        state.age("b", by: 3600)
        #expect(await state.outbox("a").recover() == [])
        #expect(state.entries("outbox/b") == [".alive", "\(stored.name).0"])
    }

    @Test func aWorkerOnAnotherMachineKeepsItsOwn() async throws {
        // Its lock cannot be seen from here; its life sign can.
        let before = state.outbox("b")
        _ = try await before.store(makeParcel())
        #expect(await state.outbox("a").recover() == [])
        #expect(state.entries("outbox") == ["b"])
    }

    @Test func aBeatIsALifeSignButNotTooOften() async throws {
        let time = Recorder<ContinuousClock.Instant>()
        time.add(.now)
        var policy = OutboxDisk.Policy()
        policy.now = { time.all.last ?? .now }
        let living = state.outbox("b", policy: policy)
        _ = try await living.store(makeParcel())
        state.age("b", by: 120)
        await living.beat()
        #expect(Self.age(state, "b") > 60, "the last one was a moment ago")
        time.add((time.all.last ?? .now) + .seconds(16))
        await living.beat()
        #expect(Self.age(state, "b") < 60)
        #expect(await state.outbox("a").recover() == [])
    }

    @Test func oneRecoveryGivesOneLifeSignHoweverManyFoldersThereAre() async throws {
        let outbox = state.outbox("a")
        _ = try await outbox.store(makeParcel())
        for number in 0..<20 { _ = try await state.outbox("living-\(number)").store(makeParcel()) }
        for number in 0..<20 { _ = try await fill("dead-\(number)", with: 1) }
        let writes = try WriteCount(of: state.temporary.path("outbox/a/.alive"))
        #expect(await outbox.recover().count == 20)
        #expect(writes.count() == 1)
        #expect(state.entries("outbox").count == 21)
    }

    @Test func whereNobodyElsesFilesLieNothingIsWritten() async throws {
        try state.temporary.write("outbox/README", [1])
        #expect(mkdir(state.temporary.path("outbox/b"), 0o700) == 0)
        let before = DiskFile.status(of: state.temporary.path("outbox"))?.written
        try await Task.sleep(for: .milliseconds(20))
        #expect(await state.outbox("a").recover() == [])
        let after = DiskFile.status(of: state.temporary.path("outbox"))?.written
        #expect(after == before, "a folder of our own came and went")
    }

    @Test func twoOutboxesThatRaceForFiveHundredFilesGetEachOnce() async throws {
        let names = try await fill("dead", with: 500)
        let racers = (0..<4).map { state.outbox("racer-\($0)") }
        let found = await withTaskGroup(of: [StoredParcel].self) { group in
            for racer in racers { group.addTask { await racer.recover() } }
            return await group.reduce(into: []) { $0 += $1.map(\.name) }
        }
        // Whoever held the dead one's lock for a moment kept the others out; they come back.
        var all = found
        for racer in racers { all += await racer.recover().map(\.name) }
        #expect(all.sorted() == names)
        #expect(state.entries("outbox").allSatisfy { $0.hasPrefix("racer-") })
    }

    @Test func twoProcessesThatRaceForFiveHundredFilesGetEachOnce() async throws {
        let names = try await fill("dead", with: 500)
        let path = state.path
        let racers = try (0..<2).map { number in
            try RunningProgram(try Fixture.executable("outbox-worker"), ["recover", path, "racer-\(number)"])
        }
        let state = state
        try await blocking {
            for racer in racers { blockUntil { racer.standardOutput.contains("waiting") } }
            try state.temporary.write("go", [])
            for racer in racers { #expect(racer.waitForEnd() == .exited(0)) }
        }
        // Both are dead now, and nobody has delivered anything.
        for number in 0..<2 where !state.entries("outbox/racer-\(number)").isEmpty {
            state.age("racer-\(number)", by: 120)
        }
        let claimed = racers.flatMap { $0.standardOutput.split(separator: "\n") }
            .compactMap { $0.hasPrefix("recovered ") ? String($0.dropFirst(10)) : nil }
        #expect(Set(claimed).count == claimed.count)
        let rest = await state.outbox("last").recover().map(\.name)
        #expect(rest.sorted() == names, "and none is lost")
    }

    @Test func withoutALockFileTheRaceIsDecidedByRename() async throws {
        // As on a volume without locks: all of them judge the worker dead and take what they get.
        let names = try await fill("dead", with: 500)
        #expect(access(state.temporary.path("worker-dead.lock"), F_OK) != 0)
        let disks = (0..<4).map { number in
            OutboxDisk(OutboxPlace(folder: state.path, worker: "racer-\(number)"), tell: state.news.add)
        }
        let found = try await withThrowingTaskGroup(of: [StoredParcel].self) { group in
            for disk in disks {
                group.addTask {
                    try await blocking {
                        var disk = disk
                        return disk.recover { _ in true }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1.map(\.name) }
        }
        #expect(found.sorted() == names)
    }

    private func fill(_ worker: String, with count: Int) async throws -> [String] {
        let outbox = state.outbox(worker)
        var names: [String] = []
        for number in 0..<count {
            names.append(try await outbox.store(makeParcel("\(number)", finished: number)).name)
        }
        state.age(worker, by: 120)
        return names.sorted()
    }

    private static func age(_ state: StateFolder, _ worker: String) -> Int {
        var status = stat()
        guard stat(state.temporary.path("outbox/\(worker)/.alive"), &status) == 0 else { return -1 }
        return time(nil) - status.st_mtim.tv_sec
    }
}

/// How often a file was written and closed.
private final class WriteCount {
    private let descriptor: Int32

    init(of path: String) throws {
        descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        try #require(descriptor >= 0 && inotify_add_watch(descriptor, path, UInt32(IN_MODIFY | IN_CLOSE_WRITE)) >= 0)
    }

    deinit { close(descriptor) }

    /// Since the last time.
    func count() -> Int {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let length = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
        guard length > 0 else { return 0 }
        // Without a name each event is 16 bytes, the second four of which are what happened.
        return stride(from: 0, to: length, by: 16).count { buffer[$0 + 4] & UInt8(IN_CLOSE_WRITE) != 0 }
    }
}
