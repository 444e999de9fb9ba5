import Glibc
import Support
import TestSupport
import Testing

@testable import ColdStart

@Suite("StartArchive")
struct ArchiveTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder("archive")
    }

    private func read() -> StartLibrary { StartLibrary(reading: [folder.path]) }

    @Test("Keeps starts of several workers, which are read together in their order")
    func together() async {
        let archives = ["a", "b"].map { StartArchive(folder: folder.path("deep/er"), worker: $0) { Issue.record($0) } }
        for minute in 0..<10 {
            archives[minute % 2].keep(keptStart(minute: 9 - minute, worker: ["a", "b"][minute % 2]))
        }
        for archive in archives { await archive.flush() }
        let library = StartLibrary(reading: [folder.path("deep/er")])
        #expect(library.starts.count == 10)
        #expect(library.starts.map(\.began) == library.starts.map(\.began).sorted())
        #expect(library.problems.isEmpty)
    }

    @Test("Drops the oldest when its file is full")
    func rotation() async {
        let line = keptStart().json.bytes.count + 1
        let archive = StartArchive(folder: folder.path, worker: "w", limit: line * 3) { Issue.record($0) }
        for minute in 0..<8 {
            archive.keep(keptStart(minute: minute))
            await archive.flush()
        }
        // Three in the file before, two in the running one.
        #expect(read().starts.map(\.began) == (3..<8).map { noon + .seconds(60 * $0) })
    }

    @Test("Goes on behind a line that a crash cut short, which costs that line only")
    func torn() async throws {
        try folder.write("starts-w.jsonl", keptStart().json.bytes.dropLast(9) + [])
        let archive = StartArchive(folder: folder.path, worker: "w") { Issue.record($0) }
        #expect(read().problems.isEmpty)
        archive.keep(keptStart(minute: 1))
        await archive.flush()
        #expect(read().starts.map(\.began) == [noon + .seconds(60)])
        #expect(read().problems.count == 1)
    }

    @Test("A folder that cannot be made is reported once, and again after it was well in between")
    func trouble() async throws {
        try folder.write("state", [])
        let told = Lock<[FileTrouble]>([])
        let archive = StartArchive(folder: folder.path("state"), worker: "w") { trouble in
            told.withLock { $0.append(trouble) }
        }
        for _ in 0..<5 { archive.keep(keptStart()) }
        await archive.flush()
        #expect(told.withLock { $0.map(\.code) } == [EEXIST] || told.withLock { $0.map(\.code) } == [ENOTDIR])
        unlink(folder.path("state"))
        archive.keep(keptStart())
        await archive.flush()
        #expect(StartLibrary(reading: [folder.path("state")]).starts.count == 1)
        rename(folder.path("state"), folder.path("away"))
        try folder.write("state", [])
        archive.keep(keptStart())
        await archive.flush()
        #expect(told.withLock { $0.count } == 2)
    }

    @Test("A full disk is told as what it is")
    func full() async {
        let told = Lock<[FileTrouble]>([])
        symlink("/dev/full", folder.path("starts-w.jsonl"))
        let archive = StartArchive(folder: folder.path, worker: "w") { trouble in told.withLock { $0.append(trouble) } }
        archive.keep(keptStart())
        await archive.flush()
        #expect(told.withLock { $0.map(\.code) } == [ENOSPC])
    }

    @Test("Lines that are none are named and passed over; a folder that is not there is a problem of its own")
    func reader() throws {
        let good = keptStart().json.bytes + [10]
        let hostile =
            Array("not json\n{}\n\u{1B}[2J\n".utf8) + [0xFF, 0xFE, 10]
            + Array(repeating: UInt8(ascii: "["), count: 100_000) + [10]
        let path = try folder.write("starts-x.jsonl", good + hostile + good + [10])
        let library = StartLibrary(reading: [folder.path, path, folder.path("gone")])
        #expect(library.starts.count == 2)
        #expect(library.unreadable == 1)
        #expect(library.problems.count == 6)
        #expect(library.problems.first?.hasPrefix("\(path), line 2: ") == true)
        #expect(library.problems.allSatisfy { !$0.contains("\u{1B}") })
    }

    @Test("A worker's name cannot lead out of the folder")
    func names() {
        #expect(FileName.part("../../etc/x y") == "______etc_x_y")
        #expect(FileName.part("") == "_")
        #expect(FileName.part(String(repeating: "é", count: 500)).utf8.count == 64)
    }
}
