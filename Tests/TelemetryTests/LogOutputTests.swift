import Glibc
import Testing

@testable import Telemetry

@Suite("LogOutput")
struct LogOutputTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("A reader that is gone costs the lines, not the process")
    func brokenPipe() {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.writing)
        pipe.closeReading()
        for _ in 0..<100 { output.write(bytes("nobody hears\n")) }
        output.write("nor this")
        output.flush()
        #expect(output.takeLost() == 0)
    }

    @Test("A pipe whose reader was gone before we came is no different")
    func brokenBefore() {
        let pipe = Pipe()
        pipe.closeReading()
        LogOutput(descriptor: pipe.writing).write(bytes("nobody hears\n"))
    }

    @Test("A descriptor that is closed, or never was one", arguments: [-1, 9999])
    func closed(_ descriptor: Int32) {
        let output = LogOutput(descriptor: descriptor)
        output.write(bytes("line\n"))
        output.write("text")
        #expect(!output.isTerminal)
        #expect(output.columns == nil)
    }

    @Test("A reader that stands still stops nobody, and what fits is there when it wakes")
    func stuck() {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.writing)
        let line = bytes(String(repeating: "x", count: 999) + "\n")
        for _ in 0..<1000 { output.write(line) }
        #expect(output.takeLost() == 0)
        // A pipe's worth at a time; ten are more than there can be.
        let read = (0..<10).reduce(into: pipe.bytes()) { read, _ in
            output.flush(within: .zero)
            read += pipe.bytes()
        }
        let lost = output.takeLost()
        #expect(lost > 0)
        #expect(read.count == (1000 - lost) * 1000)
        #expect(read.count >= 256 * 1024)
        #expect(read.split(separator: 10).allSatisfy { $0.count == 999 })
        output.write(bytes("back\n"))
        #expect(pipe.lines() == ["back"])
    }

    @Test("The descriptor that was given stays as it was for those who share it")
    func shared() {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.writing)
        output.write(bytes("line\n"))
        #expect(fcntl(pipe.writing, F_GETFL) & O_NONBLOCK == 0)
    }

    @Test("A text waits for its reader, however long it is")
    func patient() {
        let pipe = Pipe()
        let output = LogOutput(descriptor: pipe.writing)
        let reader = Reading(pipe)
        let line = String(repeating: "r", count: 9999) + "\n"
        output.write(String(repeating: line, count: 100))
        #expect(reader.lines(count: 100).map(\.count) == Array(repeating: 9999, count: 100))
    }

    @Test("A file is written from where it is, after what others wrote")
    func file() throws {
        var name = Array("/tmp/kindling-log-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        try #require(descriptor >= 0)
        defer {
            close(descriptor)
            unlink(name)
        }
        let output = LogOutput(descriptor: descriptor)
        write(descriptor, "first\n", 6)
        output.write(bytes("second\n"))
        write(descriptor, "third\n", 6)
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        #expect(String(decoding: buffer[..<max(0, count)], as: UTF8.self) == "first\nsecond\nthird\n")
    }

    @Test("A socket whose peer stands still or goes stops nobody")
    func socket() {
        var ends: [Int32] = [-1, -1]
        // Else a program that another test starts meanwhile would hold the peer's end open.
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends)
        let output = LogOutput(descriptor: ends[0])
        let line = bytes(String(repeating: "x", count: 999) + "\n")
        for _ in 0..<2000 { output.write(line) }
        close(ends[1])
        output.write(line)
        output.flush()
        #expect(output.takeLost() > 0)
        close(ends[0])
    }
}
