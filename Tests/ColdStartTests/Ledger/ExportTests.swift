import Compression
import Foundation
import JSON
import TestSupport
import Testing

@testable import ColdStart

@Suite("Ledger export")
struct ExportTests {
    private let records: [JSON] = {
        let starts = [
            keptStart(minute: 0), keptStart(minute: 1440, error: "said \"no\",\r\nand went"),
            keptStart(minute: 2880, attributes: ["model": "=HYPERLINK(\"x\")"], phases: [("weights", nil, 0, 1)]),
        ]
        return starts.compactMap {
            try? JSON(parsing: LedgerLine.bytes(LedgerEntry($0), after: .genesis, notes: LedgerNotes()))
        }
    }()

    @Test("JSON is an array of the records as they are")
    func json() throws {
        #expect(try JSON(parsing: LedgerTable.json(records)).array == records)
        #expect(LedgerTable.json([]) == "[]\n")
    }

    @Test("CSV has a column for each phase, quotes what needs it and lets no text be a formula")
    func csv() {
        let rows = LedgerTable.csv(records).components(separatedBy: "\r\n")
        #expect(rows.count == 6)
        #expect(rows[0].hasPrefix("sequence,time,worker,model,"))
        #expect(
            rows[0].hasSuffix("worker_ms,idle_ms,engine.spawn_ms,model.load_ms,runner.fit_ms,weights_ms,first_token_ms")
        )
        #expect(rows[1].hasSuffix(",50,0,50,1020,20,1000,10"))
        #expect(rows[2].hasSuffix("failed,\"said \"\"no\"\","))
        #expect(rows[4].contains("\"'=HYPERLINK(\"\"x\"\")\""))
        // Twice in one record: the sum.
        #expect(rows[4].hasSuffix(",1001,10"))
    }

    @Test("CSV of a record with a length that no time has is a table all the same")
    func absurdLengths() throws {
        for length in ["-1e300", "1e300"] {
            let record = try JSON(parsing: "{\"sequence\":1,\"phases\":[{\"name\":\"x\",\"ms\":\(length)}]}")
            #expect(LedgerTable.csv([record]).components(separatedBy: "\r\n").count == 3)
        }
    }

    @Test("A range of time takes both of its ends")
    func range() async throws {
        let folder = try TemporaryFolder("export")
        let ledger = Ledger(folder: folder.path, worker: "w", onTrouble: { Issue.record($0) })
        for minute in [0, 10, 20, 30] { ledger.append(LedgerEntry(keptStart(minute: minute))) }
        await ledger.flush()
        let book = try #require(try LedgerBook.at([folder.path("ledger-w.jsonl")]).first)
        let found = try book.records(within: noon + .seconds(600)...noon + .seconds(1200))
        #expect(found.map { $0["sequence"]?.int } == [2, 3])
        #expect(try book.verify().get().records == 4)
    }
}

@Suite("Gzip")
struct GzipTests {
    @Test("What is packed comes back", arguments: [0, 1, 65_535, 65_536, 3_000_000])
    func roundTrip(_ count: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31 >> 3) }
        #expect(try Gzip.unpack(Gzip.pack(bytes), limit: 3_000_000) == bytes)
    }

    @Test("Damaged, cut, trailed and bursting files are refused")
    func hostile() throws {
        let packed = try Gzip.pack(Array(repeating: 7, count: 1 << 22))
        #expect(throws: GzipError("it holds more than 1 MiB")) { try Gzip.unpack(packed, limit: 1 << 20) }
        #expect(throws: GzipError("it ends too early")) { try Gzip.unpack(packed.dropLast(9) + [], limit: 1 << 23) }
        #expect(throws: GzipError("3 bytes stand behind its end")) {
            try Gzip.unpack(packed + [1, 2, 3], limit: 1 << 23)
        }
        #expect(throws: GzipError("it is damaged")) { try Gzip.unpack([1, 2, 3], limit: 10) }
        #expect(throws: GzipError("it ends too early")) { try Gzip.unpack([], limit: 10) }
        var flipped = packed
        flipped[packed.count - 6] ^= 1
        #expect(throws: GzipError("it is damaged")) { try Gzip.unpack(flipped, limit: 1 << 23) }
    }
}
