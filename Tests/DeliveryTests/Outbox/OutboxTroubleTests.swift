import Glibc
import Jobs
import TestSupport
import Testing

@testable import Delivery

extension Trait where Self == ConditionTrait {
    fileprivate static var onlyWithDisks: Self {
        .enabled(if: SmallDisk.isPossible, "needs the right to mount a file system: permissions would not stop root")
    }
}

/// Disks that refuse, for real.
@Suite struct OutboxTroubleTests {
    @Test(.onlyWithDisks) func aFullDiskIsAnErrorThatSaysWhatToDo() async throws {
        let disk = try SmallDisk(kilobytes: 512)
        let outbox = disk.outbox()
        var parcel = makeParcel()
        parcel.result = (0..<200_000).map { _ in UInt8.random(in: .min ... .max) }
        var stored: [StoredParcel] = []
        let trouble = await #expect(throws: OutboxTrouble.self) {
            for _ in 0..<10 { stored.append(try await outbox.store(parcel)) }
        }
        #expect(trouble?.code == ENOSPC)
        #expect("\(trouble, default: "")".contains("No space left on device; free some space"))
        #expect("\(trouble, default: "")".contains(disk.path))
        #expect(stored.count == 2)
        #expect(try disk.entries().filter { $0.hasSuffix(".new") } == [])
        // What lies there can still be read, acknowledged and removed; then there is room again.
        for one in stored { #expect(try await outbox.load(one) == parcel) }
        await outbox.remove(stored[0])
        _ = try await outbox.store(parcel)
    }

    @Test(.onlyWithDisks) func aFullDiskStillTakesLifeSignsAndAcknowledgements() async throws {
        let disk = try SmallDisk(kilobytes: 512)
        let outbox = disk.outbox()
        var stored = try await outbox.store(makeParcel(chunks: ["one", "two"]))
        try disk.fill()
        stored = await outbox.acknowledgedChunk(of: stored)
        await outbox.beat()
        #expect(try await outbox.load(stored)?.chunks == [Array("two".utf8)])
        #expect(try disk.entries().contains("\(stored.name).1"))
        #expect(disk.news.all == [])
        // The first sign of all needs a new file, which has no byte there.
        #expect(try LifeSign.give(in: disk.path) > 0)
    }

    @Test(.onlyWithDisks) func aDiskThatBecomesReadOnlyIsToldOfAndNothingIsSentTwice() async throws {
        let disk = try SmallDisk(kilobytes: 512)
        let outbox = disk.outbox()
        var first = try await outbox.store(makeParcel("first", chunks: ["one", "two"]))
        let second = try await outbox.store(makeParcel("second"))
        disk.setReadOnly(true)
        await #expect {
            try await outbox.store(makeParcel())
        } throws: { error in
            (error as? OutboxTrouble)?.code == EROFS && "\(error)".contains("KINDLING_STATE")
        }
        first = await outbox.acknowledgedChunk(of: first)
        await outbox.remove(second)
        #expect(try await outbox.load(first)?.chunks == [Array("two".utf8)], "what the disk did not note is known")
        #expect(try await outbox.load(second) == nil)
        #expect(await outbox.recover() == [])
        #expect(disk.news.all.contains { $0.description.contains("Read-only file system") })
        disk.setReadOnly(false)
        await outbox.beat()
        #expect(try disk.entries() == [".alive", "\(first.name).0"], "what was delivered goes when it can")
    }

    @Test(.onlyWithDisks) func aReadOnlyFolderOnAFreshStartIsToldOf() async throws {
        let disk = try SmallDisk(kilobytes: 512)
        let stored = try await disk.outbox().store(makeParcel())
        disk.setReadOnly(true)
        let after = disk.outbox()
        #expect(await after.recover() == [stored], "what cannot be written can still be delivered")
        #expect(try await after.load(stored) != nil)
        #expect(disk.news.all.count == 1)
    }

    @Test func withoutFileDescriptorsItSaysSo() {
        let trouble = OutboxTrouble.file(operation: "make", path: "/state/x", code: EMFILE)
        let advice = "raise the limit of open files (ulimit -n)"
        #expect(trouble.description == "cannot make /state/x: Too many open files; \(advice)")
    }

    @Test func aStateFolderThatIsAFileIsAnErrorWithItsPath() async throws {
        let folder = try TemporaryFolder("outbox")
        try folder.write("state", [])
        let path = folder.path("state")
        let outbox = Outbox(place: { OutboxPlace(folder: path, worker: "a") })
        let trouble = await #expect(throws: OutboxTrouble.self) { try await outbox.store(makeParcel()) }
        #expect(trouble?.code == ENOTDIR)
        #expect(await outbox.recover() == [])
    }
}

/// A file system in memory, as small as is asked.
private final class SmallDisk: Sendable {
    private let folder: TemporaryFolder
    let news = Recorder<OutboxNews>()

    static let isPossible = (try? SmallDisk(kilobytes: 16)) != nil

    init(kilobytes: Int) throws {
        folder = try TemporaryFolder("disk")
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(kilobytes)k,nr_inodes=1000") == 0 else {
            throw OutboxTrouble.last("mount", folder.path)
        }
    }

    deinit {
        umount2(folder.path, Int32(MNT_DETACH))
    }

    var path: String { folder.path }

    func outbox() -> Outbox {
        Outbox(place: { [path] in OutboxPlace(folder: path, worker: "a") }, onNews: news.add)
    }

    func entries() throws -> [String] { try DiskFile.names(in: folder.path("outbox/a")) }

    func fill() throws {
        for size in [64 * 1024, 4096] {
            for number in 0..<1000 {
                let name = "fill-\(size)-\(number)"
                guard (try? folder.write(name, [UInt8](repeating: 1, count: size))) != nil else { break }
            }
        }
    }

    func setReadOnly(_ isReadOnly: Bool) {
        let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
        #expect(mount(nil, folder.path, nil, flags, nil) == 0)
    }
}
