import JSON
import TestSupport
import Testing

@testable import ColdStart

@Suite("LedgerVerifier")
struct VerifierTests {
    /// Ten good lines, six in one file and four in the next.
    private static let lines: [LedgerVerifier.Line] = {
        var previous = LedgerLink.genesis
        return (0..<10).map { index in
            let bytes = LedgerLine.bytes(LedgerEntry(keptStart(minute: index)), after: previous, notes: LedgerNotes())
            previous = LedgerLink(sequence: index + 1, of: bytes)
            return line(bytes, index)
        }
    }()

    private static func line(_ bytes: [UInt8], _ index: Int, isWhole: Bool = true) -> LedgerVerifier.Line {
        LedgerVerifier.Line(
            file: index < 6 ? "old" : "new",
            number: index < 6 ? index + 1 : index - 5,
            bytes: bytes,
            isWhole: isWhole
        )
    }

    private static let head = LedgerLink(sequence: 10, of: lines[9].bytes)

    private func fault(_ lines: [LedgerVerifier.Line], head: LedgerLink? = Self.head) -> String {
        switch LedgerVerifier.verify(lines, head: head) {
        case .success: "holds"
        case .failure(let fault): fault.description
        }
    }

    @Test("A chain that nobody touched holds, with its head, one behind it, or without")
    func holds() {
        let expected = LedgerSummary(records: 10, first: 1, head: Self.head)
        for head in [Self.head, LedgerLink(sequence: 9, of: Self.lines[8].bytes), nil] {
            #expect(LedgerVerifier.verify(Self.lines, head: head) == .success(expected))
        }
        #expect(LedgerVerifier.verify([], head: nil) == .success(LedgerSummary(records: 0, first: 1, head: .genesis)))
    }

    @Test("No byte of any record can be changed unnoticed, and the record is named")
    func edited() {
        for index in Self.lines.indices {
            for position in stride(from: 0, to: Self.lines[index].bytes.count, by: 7) {
                var lines = Self.lines
                var bytes = lines[index].bytes
                bytes[position] = bytes[position] == 55 ? 56 : 55
                lines[index] = Self.line(bytes, index)
                let found = fault(lines)
                #expect(found != "holds")
                // A touched `previous` or sequence speaks at its own line or the one before.
                let near = Set([index - 1, index, index + 1]).filter(lines.indices.contains)
                #expect(near.contains { found.hasPrefix("\(lines[$0].file), line \(lines[$0].number): ") })
            }
        }
    }

    @Test("An edited model's name is told as what it is")
    func editedName() throws {
        var lines = Self.lines
        let text = String(decoding: lines[7].bytes, as: UTF8.self).replacing("gemma3", with: "llama3")
        lines[7] = Self.line(Array(text.utf8), 7)
        #expect(
            fault(lines)
                == "new, line 2: was changed after it was written: its SHA-256 is not the one that record 9 names"
        )
    }

    @Test("The last record is vouched for by the head")
    func editedLast() {
        var lines = Self.lines
        lines[9] = Self.line(lines[9].bytes.dropLast() + [32, 125], 9)
        #expect(fault(lines) == "new, line 4: was changed after it was written: its SHA-256 is not the head file's")
    }

    @Test("Even a blank or a carriage return at a line's end is a change")
    func blanks() {
        for blank in [UInt8(ascii: " "), UInt8(ascii: "\r")] {
            var lines = Self.lines
            lines[3] = Self.line(lines[3].bytes + [blank], 3)
            #expect(fault(lines).hasPrefix("old, line 4: was changed"))
        }
    }

    @Test("Missing, moved, repeated and cut records are told apart")
    func order() {
        let lines = Self.lines
        #expect(fault(Array(lines[..<4] + lines[5...])) == "old, line 6: is record 6: record 5 is missing before it")
        #expect(fault(Array(lines[2...])) == "old, line 3: is record 3: records 1 to 2 are missing before it")
        #expect(
            fault(Array(lines[..<8])) == "new, line 2: is the last, but the head file knows 10: the end was cut off"
        )
        #expect(
            fault([lines[0], lines[2], lines[1]] + lines[3...])
                == "old, line 3: is record 3 where record 2 belongs, which stands in old, line 2: they were reordered"
        )
        #expect(
            fault(Array(lines[..<3] + lines[2...]))
                == "old, line 3: is record 3 where record 4 belongs: it is repeated or out of order"
        )
        #expect(fault([]) == "all 10 records that the head file knows of are missing")
        #expect(
            fault(lines.dropLast() + [Self.line(lines[9].bytes, 9, isWhole: false)]).hasSuffix("no line feed ends it")
        )
    }

    @Test(
        "What is no record is named with the reason",
        arguments: [
            ("", "is not JSON"), ("{", "is not JSON"), ("{}", "is no record: its sequence is not a number from 1"),
            (#"{"sequence":1}"#, "is no record: previous is not a SHA-256"),
            (#"{"sequence":9223372036854775807}"#, "is no record: its sequence"), (#"{"sequence":-1}"#, "is no record"),
        ]
    )
    func noRecord(_ text: String, _ reason: String) {
        #expect(fault([Self.line(Array(text.utf8), 0)]).hasPrefix("old, line 1: \(reason)"))
    }

    @Test("A beginning in the middle is right only where a record says what was deleted")
    func retired() {
        var notes = LedgerNotes()
        notes.retired = LedgerLink(sequence: 4, of: Self.lines[3].bytes)
        let last = LedgerLine.bytes(LedgerEntry(keptStart()), after: Self.head, notes: notes)
        let lines = Self.lines + [Self.line(last, 10)]
        #expect(fault(Array(lines[4...])) == "holds")
        #expect(fault(Array(lines[5...])) == "old, line 6: is record 6: records 1 to 5 are missing before it")
        #expect(fault(lines) == "holds")
    }
}
