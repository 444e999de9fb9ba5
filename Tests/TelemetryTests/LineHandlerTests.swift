import Dispatch
import Glibc
import JSON
import Logging
import Support
import Testing

@testable import Telemetry

@Suite("LineHandler")
struct LineHandlerTests {
    private let pipe: Pipe
    private let output: LogOutput

    init() {
        pipe = Pipe()
        output = LogOutput(descriptor: pipe.writing)
    }

    private func logger(_ form: LineHandler.Form, level: Logger.Level = .info) -> Logger {
        Logger(label: "test") { _ in
            LineHandler(form: form, level: level, output: output, clock: { UTCTime(seconds: 0) })
        }
    }

    @Test("Lines below the level are not even made")
    func disabled() {
        let logger = logger(.text, level: .warning)
        func message() -> Logger.Message {
            Issue.record("the message was built")
            return "m"
        }
        logger.info(message(), metadata: ["k": "\(message())"])
        logger.warning("up")
        #expect(pipe.lines() == ["WARN   | up"])
    }

    @Test("A logger's metadata joins the event's, which wins; a copy keeps its own")
    func metadata() {
        var logger = logger(.text)
        logger[metadataKey: LineHandler.jobKey] = "job-1"
        logger[metadataKey: "a"] = "1"
        var copy = logger
        copy[metadataKey: LineHandler.jobKey] = "job-2"
        logger.info("m", metadata: ["a": "2", "b": "3"])
        copy.info("m")
        #expect(pipe.lines() == ["INFO   | job-1 | m  a=2 b=3", "INFO   | job-2 | m  a=1"])
    }

    @Test("A task's metadata yields to the logger's")
    func provided() {
        var handler = LineHandler(form: .text, level: .info, output: output, colour: false)
        handler.metadataProvider = Logger.MetadataProvider { ["a": "task", "b": "task"] }
        handler[metadataKey: "a"] = "logger"
        let logger = Logger(label: "test") { [handler] _ in handler }
        logger.info("m")
        #expect(pipe.lines() == ["INFO   | m  a=logger b=task"])
    }

    @Test("An error given with an event is a field")
    func error() {
        struct Broken: Error {}
        logger(.text).error("m", error: Broken())
        #expect(pipe.lines() == ["ERROR  | m  error=Broken()"])
    }

    @Test("JSON goes through whole")
    func json() {
        logger(.json).info("m", metadata: Logger.Metadata(["ms": 1.5] as JSON.Object))
        #expect(
            pipe.lines() == [
                #"{"requestId":null,"message":"m","level":"INFO","time":"1970-01-01T00:00:00.000Z","ms":1.5}"#
            ]
        )
    }

    @Test("Lines of eight threads never mix")
    func threads() throws {
        let logger = logger(.json)
        let reader = Reading(pipe)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for number in 0..<100 {
                // More than a pipe holds, so that some are written in pieces; not more than it and the backlog do.
                let padding = String(repeating: "\(thread)", count: number * 4)
                logger.info("\(thread) \(number)", metadata: ["padding": .string(padding)])
            }
        }
        output.flush(within: .seconds(60))
        let lines = reader.lines(count: 800)
        #expect(lines.count == 800)
        var next = [Int: Int]()
        for line in lines {
            let json = try JSON(parsing: line)
            let words = try #require(json["message"]?.string).split(separator: " ").compactMap { Int($0) }
            #expect(next[words[0], default: 0] == words[1])
            next[words[0]] = words[1] + 1
        }
    }

    @Test("Lines lost to a reader that stood still are owned up to")
    func lost() throws {
        let logger = logger(.text)
        // A pipe holds 64 KiB and the backlog 256: some of these 800 KiB must go.
        for number in 0..<800 { logger.info("\(number) \(String(repeating: "x", count: 1000))") }
        var read = pipe.bytes()
        // The reader is back, and takes what gathered a pipe's worth at a time.
        for _ in 0..<10 {
            logger.info("again")
            read += pipe.bytes()
        }
        let lines = String(decoding: read, as: UTF8.self).split(separator: "\n")
        let kept = lines.filter { $0.contains("xxx") }
        #expect(kept.enumerated().allSatisfy { $1.hasPrefix("INFO   | \($0) x") })
        let lost = 800 - kept.count
        #expect(lost > 0)
        let warnings = lines.filter { $0.hasPrefix("WARN") }
        #expect(warnings == ["WARN   | \(lost) log lines were lost: nobody read them in time"])
        #expect(lines.last == "INFO   | again")
    }
}
