import Foundation
import Glibc
import JSON
import Support
import TestSupport
import Testing

private let easy: JSON = ["prompt": "easy", "max_tokens": 3]

extension Serving {
    fileprivate func run(_ input: JSON = easy) async throws -> JSON { try await report(submit(input)) }
}

/// A machine that fails under a worker: the jobs are done all the same, and what could not be kept is said.
@Suite("a machine that fails", .timeLimit(.minutes(5)))
struct MachineFaultTests {
    // MARK: Disk

    /// A job on a fresh engine, so that a start is recorded.
    private func restart(_ serving: Serving, _ ollama: OwnOllama) async throws {
        if let server = ollama.servers.last {
            kill(server, SIGKILL)
            #expect(await eventually { !isAlive(server) })
        }
        let report = try await serving.run()
        #expect(report["status"] == "COMPLETED", "\(report)")
    }

    private func expectSoundLedger(_ folder: String, records: Int? = nil) async throws {
        let verified = try await Program.run(["ledger", "verify"], ["KINDLING_STATE": folder])
        #expect(verified.end == .exited(0), "\(verified.out)\(verified.err)")
        let table = try await Program.run(["ledger", "export", "--format", "csv"], ["KINDLING_STATE": folder])
        let found = table.out.split(whereSeparator: \.isNewline).count { $0.contains("gemma:270m") }
        if let records { #expect(found == records, "\(table.out)") } else { #expect(found > 0) }
    }

    @Test(
        "the state's disk is full: jobs are done, it is said, and with room again records go on and the ledger holds",
        .enabled(if: SmallDisk.isPossible, "only root may mount a small disk")
    )
    func fullDisk() async throws {
        let disk = try SmallDisk(kilobytes: 64)
        let ollama = try OwnOllama()
        let state = "\(disk.path)/state"
        let serving = try await Serving([], ollama.environment.merging(["KINDLING_STATE": state]) { $1 })
        try await restart(serving, ollama)
        #expect(await eventually { serving.program.standardOutput.contains("ledger: record 1 ") })
        try disk.fill()
        // A page that is there already takes some records more; five starts are more than it has room for.
        for _ in 1...5 { try await restart(serving, ollama) }
        #expect(await eventually { serving.program.standardOutput.contains("No space left on device") })
        let mentions = serving.program.standardOutput.split(separator: "\n").count { $0.contains("No space left") }
        #expect(mentions <= 4, "said for each kind of record, not for each record")
        disk.empty()
        try await restart(serving, ollama)
        #expect(try await serving.drain() == .exited(0))
        try await expectSoundLedger(state)
    }

    @Test(
        "the state's disk becomes read-only: jobs are done, and it is said",
        .enabled(if: SmallDisk.isPossible, "only root may mount a small disk"),
        arguments: [false, true]
    )
    func readOnly(fromTheStart: Bool) async throws {
        let disk = try SmallDisk(kilobytes: 256)
        let ollama = try OwnOllama()
        if fromTheStart { try disk.makeReadOnly() }
        let environment = ollama.environment.merging(["KINDLING_STATE": "\(disk.path)/state"]) { $1 }
        let serving = try await Serving([], environment)
        try await restart(serving, ollama)
        if !fromTheStart {
            #expect(await eventually { serving.program.standardOutput.contains("ledger: record 1 ") })
            try disk.makeReadOnly()
            try await restart(serving, ollama)
        }
        let words = fromTheStart ? "no state folder can be written" : "Read-only file system"
        #expect(await eventually { serving.program.standardOutput.contains(words) })
        #expect(try await serving.drain() == .exited(0))
        if !fromTheStart { try await expectSoundLedger("\(disk.path)/state", records: 1) }
    }

    @Test(
        "a disk that fills up during a pull: exit 2, what came is kept, and with room again only the rest is fetched",
        .enabled(if: SmallDisk.isPossible, "only root may mount a small disk")
    )
    func fullDiskWhilePulling() async throws {
        let disk = try SmallDisk(kilobytes: 6 << 10)
        let model = try ModelOnWeb(bytes: 3 << 20, heldFrom: 1 << 20)
        let arguments = [
            "pull", "--store", "\(disk.path)/store", "--as", "m", "--insecure", "--parallel", "1", model.url,
        ]
        let program = try Program.start(arguments)
        // Sent is not written yet.
        #expect(await eventually { model.isHolding && disk.used >= 1 << 20 })
        try disk.fill()
        model.letGo()
        let end = try await blocking { program.waitForEnd() }
        #expect(end == .exited(2), "\(program.standardError)")
        #expect(program.standardError.contains("No space left on device"), "\(program.standardError)")
        #expect(program.standardError.contains("what came is kept"))
        disk.empty()
        let before = model.bytesSent
        let again = try await Program.run(arguments)
        #expect(again.end == .exited(0), "\(again.err)")
        #expect(model.bytesSent - before < 3 << 20, "it went on where it had ended")
        let blobs = try FileManager.default.contentsOfDirectory(atPath: "\(disk.path)/store/blobs")
        #expect(!blobs.contains { $0.contains("partial") }, "\(blobs)")
    }

    // MARK: Descriptors

    @Test("out of descriptors: clients wait, no core is burnt, and afterwards all is as before")
    func noDescriptors() async throws {
        let ollama = try OwnOllama()
        let kindling = try Fixture.executable("kindling")
        let script = "ulimit -n 256; exec \"$0\" serve --port 0"
        let environment = Program.base.merging(ollama.environment) { $1 }
        let serving = try await Serving(
            try RunningProgram("/bin/sh", ["-c", script, kindling], environment: environment)
        )
        #expect(try await serving.run()["status"] == "COMPLETED")
        let idle = try ProcessUse(of: serving.program.pid)
        let id = try await serving.submit(easy)
        var crowd = try (0..<300).map { _ in try WireClient(port: serving.port) }
        try await Task.sleep(for: .seconds(1))
        let before = try ProcessUse(of: serving.program.pid)
        #expect(before.descriptors > idle.descriptors, "some were let in")
        try await Task.sleep(for: .seconds(3))
        let after = try ProcessUse(of: serving.program.pid)
        #expect(
            after.processorTime - before.processorTime < 0.75,
            "\(after.processorTime - before.processorTime) s in 3 s"
        )
        #expect(!crowd.isEmpty)
        crowd = []
        #expect(await eventually { (try? ProcessUse(of: serving.program.pid).descriptors) ?? .max < 60 })
        #expect(try await serving.report(id)["status"] == "COMPLETED")
        try await restart(serving, ollama)
        #expect(try await serving.drain() == .exited(0))
    }

    // MARK: Time

    /// A step forwards looks like the end of a freeze, so there connections are made anew; see `SnapshotWatch`.
    @Test(
        "the wall clock jumps an hour ahead and two back: the times in the log do, jobs and heartbeats do not notice",
        .enabled(if: JumpingClock.isPossible, "no C compiler for the clock's library")
    )
    func clockJumps() async throws {
        let clock = try await blocking { try JumpingClock() }
        let ollama = try OwnOllama()
        let queue = try RecordingQueue(takes: [])
        let state = ollama.folder.path("state")
        let environment = queue.environment(ollama.environment).merging(clock.environment) { $1 }
            .merging(["KINDLING_STATE": state]) { $1 }
        let worker = try Program.start(["worker"], environment)
        #expect(await eventually { queue.times("ping").count > 3 })
        for (number, hours) in [Int64(0), 1, -1, 0].enumerated() {
            try clock.set(hours: hours)
            // Somebody looks at the clocks once a second.
            try await Task.sleep(for: .seconds(3))
            if let server = ollama.servers.last { kill(server, SIGKILL) }
            let takes = queue.times("job-take").count
            queue.offer("job-\(number)", #"{"prompt":"Why?","max_tokens":3}"#)
            #expect(await eventually { queue.results.count == number + 1 }, "\(worker.standardOutput.suffix(2000))")
            #expect(await eventually { queue.times("job-take").count == takes + 1 }, "one poll for one slot")
        }
        // A heartbeat every 200 ms: neither a pause nor a burst.
        let pings = queue.times("ping")
        let pauses = zip(pings, pings.dropFirst()).map { $0.duration(to: $1) }
        #expect((pauses.max() ?? .zero) < .seconds(5))
        let span = try #require(pings.first).duration(to: try #require(pings.last))
        #expect(Double(pings.count) < span / .milliseconds(200) * 1.5 + 5)
        for result in queue.results { #expect(try JSON(parsing: result.body)["error"] == nil) }
        worker.signal(SIGTERM)
        #expect(try await blocking { worker.waitForEnd() } == .exited(0))

        // A millisecond more or less goes with the reading of two clocks one after the other.
        let said = ["3599999", "3600000", "3600001"].map { "the real-time clock is \($0) ms ahead" }
        #expect(said.contains { worker.standardOutput.contains($0) }, "\(worker.standardOutput.suffix(2000))")
        try await expectSoundLedger(state, records: 4)
        let report = try await Program.run(["report", "--json"], ["KINDLING_STATE": state])
        #expect(report.end == .exited(0), "\(report.err)")
        // What is believed to have been a freeze has a figure of its own, and is no part of a start's total.
        let kinds = try #require(JSON(parsing: report.out)["kinds"]?.object)
        #expect(!kinds.isEmpty)
        for (_, kind) in kinds { #expect((kind["total_ms"]?["p99"]?.double ?? .infinity) < 600_000, "\(kind)") }
    }

    @Test("a worker that is stopped for 20 seconds in mid-job finishes it, though a stall is called after 5")
    func stoppedInMidJob() async throws {
        let ollama = try OwnOllama(["TOKENS": "1500", "TOKEN_US": "4000"])
        let queue = try RecordingQueue(takes: [])
        let worker = try Program.start(["worker", "--stall-seconds", "5"], queue.environment(ollama.environment))
        queue.offer("long", #"{"prompt":"on and on","stream":true,"max_tokens":1500}"#)
        #expect(await eventually { !queue.seen("job-stream").isEmpty })
        try await stop(worker, queue)
        #expect(await eventually(timeout: .seconds(60)) { queue.results.count == 1 })
        let body = try JSON(parsing: try #require(queue.results.first).body)
        #expect(body["error"] == nil && body["output"]?["eval_count"] == 1500, "\(body.description.prefix(500))")
        #expect(ollama.timesAsked("on and on") == 1)
        worker.signal(SIGTERM)
        #expect(try await blocking { worker.waitForEnd() } == .exited(0))
    }

    @Test("a worker that is stopped for 20 seconds while idle takes and does the next job")
    func stoppedWhileIdle() async throws {
        let ollama = try OwnOllama()
        let queue = try RecordingQueue(takes: [])
        let worker = try Program.start(["worker"], queue.environment(ollama.environment))
        queue.offer("first", easy.description)
        #expect(await eventually { queue.results.count == 1 })
        try await stop(worker, queue)
        queue.offer("second", easy.description)
        #expect(await eventually(timeout: .seconds(60)) { queue.results.count == 2 })
        #expect(try JSON(parsing: queue.results[1].body)["error"] == nil)
        #expect(ollama.servers.count == 1, "its engine was as well as before")
        worker.signal(SIGTERM)
        #expect(try await blocking { worker.waitForEnd() } == .exited(0))
    }

    private func stop(_ worker: RunningProgram, _ queue: RecordingQueue) async throws {
        worker.signal(SIGSTOP)
        // What it had sent before that may still be on its way through a busy queue.
        var silent = -1
        #expect(
            await eventually(every: .seconds(2)) {
                let before = silent
                silent = queue.times("ping").count
                return silent == before
            }
        )
        try await Task.sleep(for: .seconds(17))
        #expect(queue.times("ping").count == silent, "it is stopped")
        worker.signal(SIGCONT)
        #expect(await eventually { queue.times("ping").count > silent + 3 }, "heartbeats go on")
    }
}

/// A GGUF file on a web server that does ranges, and that stops in the middle of the first answer until told to go on.
private final class ModelOnWeb: Sendable {
    private struct State {
        var isHolding = false
        var isFree = false
        var sent = 0
    }

    private let state: Lock<State>
    private let server: TestServer
    var url: String { "\(server.url)/m.gguf" }

    /// - Parameter heldFrom: bytes that are sent before it holds
    init(bytes size: Int, heldFrom: Int) throws {
        let content = Self.header + (Self.header.count..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let state = Lock(State())
        self.state = state
        server = try TestServer { request, connection in
            let range = Self.range(request.header("Range") ?? "", size)
            var head = "HTTP/1.1 206 Partial Content\r\nContent-Length: \(range.count)\r\nETag: \"one\"\r\n"
            head += "Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)\r\n\r\n"
            try connection.raw(Array(head.utf8))
            var position = range.lowerBound
            while position < range.upperBound {
                let mustHold = state.withLock { state in
                    state.isHolding = state.isHolding || position >= heldFrom
                    return position >= heldFrom && !state.isFree
                }
                if mustHold {
                    guard !connection.isPeerGone() else { return connection.close() }
                    usleep(1000)
                    continue
                }
                let end = min(range.upperBound, position + (64 << 10))
                try connection.raw(Array(content[position..<end]))
                let count = end - position
                state.withLock { $0.sent += count }
                position = end
            }
        }
    }

    /// Version 3, no tensors, one pair: `general.architecture` is `llama`.
    private static let header: [UInt8] = {
        func number(_ value: Int, bytes: Int) -> [UInt8] {
            (0..<bytes).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        }
        func text(_ text: String) -> [UInt8] { number(text.utf8.count, bytes: 8) + Array(text.utf8) }
        return Array("GGUF".utf8) + number(3, bytes: 4) + number(0, bytes: 8) + number(1, bytes: 8)
            + text("general.architecture") + number(8, bytes: 4) + text("llama")
    }()

    deinit { server.stop() }

    var isHolding: Bool { state.withLock { $0.isHolding } }
    var bytesSent: Int { state.withLock { $0.sent } }
    func letGo() { state.withLock { $0.isFree = true } }

    private static func range(_ header: String, _ size: Int) -> Range<Int> {
        let ends = header.drop { $0 != "=" }.dropFirst().split(separator: "-", omittingEmptySubsequences: false)
        let first = ends.first.flatMap { Int($0) } ?? 0
        let last = ends.count > 1 ? Int(ends[1]) ?? size - 1 : size - 1
        return first..<min(size, last + 1)
    }
}
