@testable import JSON
import Testing

@Suite struct LineSplitterTests {
    static let stream = "{\"a\":1}\r\n\n\r\nx\ry\r\r\nüñ\n\nlast"
    static let lines = ["{\"a\":1}", "", "", "x\ry\r", "üñ", ""]

    @Test func `lines are the same wherever the stream is cut`() throws {
        let bytes = Array(Self.stream.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var splitter = LineSplitter(maximumLength: 100)
                let lines = try [bytes[..<first], bytes[first..<second], bytes[second...]].flatMap {
                    try splitter.append(Array($0))
                }
                try #require(lines.map { String(decoding: $0, as: UTF8.self) } == Self.lines)
                try #require(splitter.finish() == Array("last".utf8))
            }
        }
    }

    @Test func `byte by byte gives the same lines`() throws {
        var splitter = LineSplitter(maximumLength: 100)
        let lines = try Self.stream.utf8.flatMap { try splitter.append([$0]) }
        #expect(lines.map { String(decoding: $0, as: UTF8.self) } == Self.lines)
    }

    @Test(arguments: [("", nil), ("a\n", nil), ("a", "a"), ("a\nb\r", "b"), ("\r", "")] as [(String, String?)])
    func `finish gives what has no line feed`(stream: String, rest: String?) throws {
        var splitter = LineSplitter(maximumLength: 100)
        _ = try splitter.append(Array(stream.utf8))
        #expect(splitter.finish() == rest.map { Array($0.utf8) })
        #expect(splitter.finish() == nil)
    }

    @Test func `the longest line allowed passes with either ending, at every cut`() throws {
        let bytes = Array("12345\r\n12345\n".utf8)
        for cut in 0...bytes.count {
            var splitter = LineSplitter(maximumLength: 5)
            let lines = try splitter.append(Array(bytes[..<cut])) + splitter.append(Array(bytes[cut...]))
            try #require(lines == [Array("12345".utf8), Array("12345".utf8)])
        }
    }

    @Test(arguments: ["123456\n", "123456", "12345\r\r\n", "12345\rx", "1\n123456\n"])
    func `a longer line is an error at every cut`(stream: String) {
        let bytes = Array(stream.utf8)
        for cut in 0...bytes.count {
            var splitter = LineSplitter(maximumLength: 5)
            #expect(throws: LineTooLong.self) {
                _ = try splitter.append(Array(bytes[..<cut]))
                _ = try splitter.append(Array(bytes[cut...]))
            }
        }
    }

    @Test func `the error hands over the good lines before it, and is final`() {
        var splitter = LineSplitter(maximumLength: 5)
        let good = [Array("1".utf8), Array("2".utf8)]
        #expect(throws: LineTooLong(maximumLength: 5, linesBefore: good)) {
            try splitter.append(Array("1\n2\n1234567".utf8))
        }
        #expect(throws: LineTooLong(maximumLength: 5, linesBefore: [])) { try splitter.append(Array("\nok\n".utf8)) }
        #expect(splitter.finish() == nil)
    }
}
