import Testing

@testable import Processes

struct LineAssemblerTests {
    private static let maximum = LineAssembler.maximumLength

    private func lines(_ chunks: [[UInt8]]) -> [String] {
        var assembler = LineAssembler()
        var lines: [String] = []
        for chunk in chunks { chunk.withUnsafeBytes { lines += assembler.append($0) } }
        if let last = assembler.finish() { lines.append(last) }
        return lines
    }

    @Test(arguments: [
        ("", [String]()),
        ("a\n", ["a"]),
        ("a\nb", ["a", "b"]),
        ("a\r\nb\r\n", ["a", "b"]),
        ("\n\na\n", ["", "", "a"]),
        ("50 %\r100 %\n", ["50 %\r100 %"]),
    ])
    func `lines end at a newline, and a carriage return before it goes`(text: String, expected: [String]) {
        #expect(lines([Array(text.utf8)]) == expected)
    }

    @Test func `chunks may be cut anywhere`() {
        let bytes = Array("first\r\nsecond ü\n\nlast 🦙".utf8)
        for size in 1...bytes.count {
            let chunks = stride(from: 0, to: bytes.count, by: size).map {
                Array(bytes[$0..<min($0 + size, bytes.count)])
            }
            #expect(lines(chunks) == ["first", "second ü", "", "last 🦙"], "chunks of \(size)")
        }
    }

    @Test func `what is no UTF-8 is repaired`() {
        #expect(lines([[0x61, 0xFF, 0x62, 0x0A]]) == ["a\u{FFFD}b"])
    }

    @Test(arguments: [0, 1, 2])
    func `a line of the maximum length is whole, a longer one comes in pieces`(excess: Int) {
        let text = [UInt8](repeating: 0x78, count: Self.maximum + excess)
        let expected = excess == 0 ? [Self.maximum] : [Self.maximum, excess]
        #expect(lines([text + [0x0A]]).map(\.utf8.count) == expected)
        #expect(lines([text]).map(\.utf8.count) == expected)
    }

    @Test(arguments: [1, 2, 3])
    func `a cut tears no character`(offset: Int) {
        let text = String(repeating: "x", count: offset) + String(repeating: "🦙", count: Self.maximum / 4 + 10)
        let pieces = lines([Array(text.utf8)])
        #expect(pieces.count == 2)
        #expect(pieces.joined() == text)
    }

    @Test func `bytes that continue nothing are cut all the same`() {
        #expect(lines([[UInt8](repeating: 0x80, count: 3 * Self.maximum)]).count == 3)
    }
}

struct LineTailTests {
    @Test func `the last lines are kept, long ones shortened`() {
        var tail = LineTail()
        for number in 1...30 { tail.append("line \(number)") }
        tail.append(String(repeating: "x", count: 5_000))
        #expect(tail.lines.count == LineTail.maximumCount)
        #expect(tail.lines.first == "line 12")
        #expect(tail.lines.last?.count == LineTail.maximumLength + 1)
        #expect(tail.lines.last?.hasSuffix("x…") == true)
    }
}
