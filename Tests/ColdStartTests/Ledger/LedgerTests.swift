import Compression
import Glibc
import JSON
import Support
import TestSupport
import Testing

@testable import ColdStart

@Suite("Ledger")
struct LedgerTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder("ledger")
    }

    private var running: String { folder.path("ledger-w.jsonl") }

    /// Appends a record for each minute, each by a ledger that was opened anew.
    private func append(_ minutes: Range<Int>, fileSize: Int = 1 << 20, now: Timestamp = noon) async {
        for minute in minutes {
            let ledger = Ledger(
                folder: folder.path,
                worker: "w",
                limits: LedgerLimits(fileSize: fileSize, days: 90),
                clock: { now },
                onTrouble: { Issue.record($0) }
            )
            ledger.append(LedgerEntry(keptStart(minute: minute)))
            await ledger.flush()
        }
    }

    private func verify() throws -> Result<LedgerSummary, LedgerBreak> {
        try #require(try LedgerBook.all(in: folder.path).first).verify()
    }

    private func lines() -> [JSON] {
        text(of: running).split(separator: "\n").compactMap { try? JSON(parsing: String($0)) }
    }

    @Test("Each record has the digest of the bytes before it, the first one zeros")
    func chain() async throws {
        let links = Lock<[LedgerLink]>([])
        let ledger = Ledger(
            folder: folder.path,
            worker: "w",
            onAppend: { link in links.withLock { $0.append(link) } },
            onTrouble: { Issue.record($0) }
        )
        for minute in 0..<50 { ledger.append(LedgerEntry(keptStart(minute: minute))) }
        await ledger.flush()
        let records = lines()
        #expect(records.map { $0["sequence"]?.int } == (1...50).map(Int?.some))
        #expect(records.first?["previous"]?.string == String(repeating: "0", count: 64))
        let digests = text(of: running).split(separator: "\n").map { LedgerLink.digest($0.utf8) }
        #expect(records.dropFirst().map { $0["previous"]?.string } == digests.dropLast().map(String?.some))
        #expect(links.withLock { $0.map(\.sha256) } == digests)
        #expect(try verify().get() == LedgerSummary(records: 50, first: 1, head: #require(links.withLock { $0.last })))
    }

    @Test("The digest is SHA-256, as sha256sum prints it")
    func digest() {
        #expect(
            LedgerLink.digest("abc".utf8) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
    }

    @Test("A record says what was initialised, on what, how, and how long each phase took")
    func record() async throws {
        let start = keptStart(
            error: "no memory",
            attributes: [
                "model": "gemma3", "digest": "sha256:1", "quantisation": "Q4_K_M", "engine": "ollama",
                "engine_version": "0.32", "device": "L4", "driver": "570",
            ]
        )
        let line = LedgerLine.bytes(LedgerEntry(start), after: .genesis, notes: LedgerNotes())
        let expected = """
            {"sequence":1,"time":"\(noon)","worker":"pod-1","model":"gemma3","digest":"sha256:1","quantisation":"Q4_K_M",\
            "engine":"ollama","engine_version":"0.32","device":"L4","driver":"570","kind":"cold","outcome":"failed",\
            "error":"no memory","total_ms":1140,"phases":[{"name":"worker","ms":50},{"name":"idle","ms":0},\
            {"name":"engine.spawn","ms":50},{"name":"model.load","ms":1020},{"name":"runner.fit","ms":20},\
            {"name":"weights","ms":1000},{"name":"first_token","ms":10}],"previous":"\(String(repeating: "0", count: 64))"}
            """
        #expect(String(decoding: line, as: UTF8.self) == expected)
    }

    @Test("However long names and errors are, a record is found again at the end of its file")
    func longest() async throws {
        let long = String(repeating: "e\u{301}\u{1}", count: 100_000)
        let phases: [Entry] = (0..<600).map { (name: "\($0)\(long.prefix(2000))", parent: nil, begin: 0, end: 1) }
        let start = keptStart(
            worker: long,
            error: long,
            attributes: ["model": .string(long)],
            phases: Array(phases.prefix(512))
        )
        let entry = LedgerEntry(start)
        #expect(LedgerLine.bytes(entry, after: .genesis, notes: LedgerNotes()).count < 1 << 20)
        for _ in 0..<2 {
            let ledger = Ledger(folder: folder.path, worker: "w", onTrouble: { Issue.record($0) })
            ledger.append(entry)
            await ledger.flush()
        }
        #expect(try verify().get().records == 2)
    }

    @Test("Goes on where an earlier process ended")
    func reopened() async throws {
        await append(0..<4)
        #expect(try verify().get().records == 4)
    }

    @Test("Two at once by one name make one chain")
    func together() async throws {
        let ledgers = (0..<4).map { _ in Ledger(folder: folder.path, worker: "w", onTrouble: { Issue.record($0) }) }
        for minute in 0..<80 { ledgers[minute % 4].append(LedgerEntry(keptStart(minute: minute))) }
        for ledger in ledgers { await ledger.flush() }
        #expect(try verify().get().records == 80)
    }

    @Test("A line that a crash cut short is set aside, and the next record says so", arguments: [1, 20, 400])
    func torn(_ kept: Int) async throws {
        await append(0..<2)
        let whole = text(of: running)
        let half = String(whole.split(separator: "\n")[1].prefix(kept))
        try folder.write("ledger-w.jsonl", Array((whole + half).utf8))
        guard case .failure(let fault) = try verify() else { throw Unexpected() }
        #expect(fault.line == 3)
        await append(2..<3)
        #expect(try verify().get().records == 3)
        #expect(text(of: folder.path("ledger-w.torn")) == half + "\n")
        #expect(
            lines().last?["notes"]?["torn"] == ["bytes": JSON(kept), "sha256": .string(LedgerLink.digest(half.utf8))]
        )
    }

    @Test("A full file is packed away, and the chain goes on across files")
    func rotation() async throws {
        await append(0..<20, fileSize: 2000)
        let names = try Folder.names(in: folder.path)
        let packed = names.filter { $0.hasSuffix(".jsonl.gz") }
        #expect(packed.count > 3)
        #expect(packed.contains("ledger-w.\(noon.day).jsonl.gz"))
        #expect(packed.contains("ledger-w.\(noon.day).2.jsonl.gz"))
        #expect(!names.contains { $0.hasSuffix(".new") })
        #expect(try verify().get() == LedgerSummary(records: 20, first: 1, head: verify().get().head))
    }

    @Test("Packed files are what gzip reads")
    func gzip() async throws {
        await append(0..<3, fileSize: 1)
        let packed = try Fixture.bytes(of: folder.path("ledger-w.\(noon.day).jsonl.gz"))
        let plain = try Gzip.unpack(packed, limit: 1 << 20)
        #expect(Array(packed.prefix(3)) == [0x1F, 0x8B, 8])
        #expect(plain.last == 10)
    }

    @Test("A crash between packing and removing leaves one file twice, which counts once and is cleared away")
    func packedTwice() async throws {
        await append(0..<3, fileSize: 1)
        let packed = folder.path("ledger-w.\(noon.day).jsonl.gz")
        try folder.write("ledger-w.\(noon.day).jsonl", Gzip.unpack(Fixture.bytes(of: packed), limit: 1 << 20))
        #expect(try verify().get().records == 3)
        unlink(packed)
        #expect(try verify().get().records == 3)
        await append(3..<4, fileSize: 1)
        #expect(try verify().get().records == 4)
        #expect(access(packed, F_OK) == 0)
    }

    @Test("Records are kept for their days and no file goes before all in it are older; what goes is written down")
    func retention() async throws {
        for day in 0..<6 {
            await append(day * 1440..<day * 1440 + 2, fileSize: 1, now: noon + .seconds(86_400 * day))
        }
        #expect(try verify().get().records == 12)
        // The last record of day 1 is 90 days old then; the files of days 0 and 1 begin before.
        await append(9000..<9001, fileSize: 1, now: noon + .seconds(86_400 * 92))
        let summary = try verify().get()
        #expect(summary.first == 4)
        #expect(summary.head.sequence == 13)
        #expect(lines().last?["notes"]?["retired"]?["sequence"] == 3)
    }

    @Test("Records that the disk did not take are counted in the next one")
    func lost() async throws {
        let told = Lock(0)
        let ledger = Ledger(folder: folder.path("state"), worker: "w") { _ in told.withLock { $0 += 1 } }
        try folder.write("state", [])
        for minute in 0..<3 { ledger.append(LedgerEntry(keptStart(minute: minute))) }
        await ledger.flush()
        #expect(told.withLock { $0 } == 1)
        unlink(folder.path("state"))
        ledger.append(LedgerEntry(keptStart(minute: 3)))
        await ledger.flush()
        let book = try #require(try LedgerBook.all(in: folder.path("state")).first)
        #expect(try book.verify().get().records == 1)
        #expect(text(of: folder.path("state/ledger-w.jsonl")).contains(#""notes":{"lost":3}"#))
    }

    @Test("Taking records from the end is found out, also when others follow")
    func cutOff() async throws {
        await append(0..<5)
        let kept = text(of: running).split(separator: "\n").prefix(3).joined(separator: "\n") + "\n"
        try folder.write("ledger-w.jsonl", Array(kept.utf8))
        guard case .failure(let first) = try verify() else { throw Unexpected() }
        #expect(first.description.contains("the head file knows 5"))
        await append(5..<7)
        guard case .failure(let later) = try verify() else { throw Unexpected() }
        #expect(later.line == 4)
        #expect(later.what == "is record 6: records 4 to 5 are missing before it")
    }

    @Test("Taking the whole file is found out")
    func takenAway() async throws {
        await append(0..<3)
        unlink(running)
        #expect(throws: LedgerBreak.self) { try verify().get() }
        await append(3..<4)
        guard case .failure(let fault) = try verify() else { throw Unexpected() }
        #expect(fault.what == "is record 4: records 1 to 3 are missing before it")
    }

    @Test(
        "A damaged head or an old file that cannot be unpacked keeps no record from being written",
        arguments: [
            "", "{}", #"{"sequence":9223372036854775807,"sha256":"x"}"#,
            "{\"sequence\":9223372036854775807,\"sha256\":\"\(String(repeating: "0", count: 64))\"}",
        ]
    )
    func damaged(_ head: String) async throws {
        await append(0..<3, fileSize: 1)
        try folder.write("ledger-w.head", Array(head.utf8))
        try folder.write("ledger-w.\(noon.day).jsonl.gz", [1, 2, 3])
        await append(3..<5, fileSize: 1, now: noon + .seconds(86_400 * 400))
        #expect(lines().map { $0["sequence"]?.int } == [5])
        guard case .failure(let fault) = try verify() else { throw Unexpected() }
        #expect(
            fault.description == "\(folder.path("ledger-w.\(noon.day).jsonl.gz")): cannot be unpacked: it is damaged"
        )
    }

    private struct Unexpected: Error {}
}
