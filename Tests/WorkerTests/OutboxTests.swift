import Delivery
import Foundation
import JSON
import Jobs
import TestSupport
import Testing

@testable import Worker

/// Workers that share a state folder, one after the other.
private struct State {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder("outbox-worker")
    }

    func outbox(as worker: String = "w") -> Outbox {
        let place = OutboxPlace(folder: folder.path, worker: worker)
        return Outbox(place: { place })
    }

    /// Results that wait on the disk.
    func waiting(of worker: String = "w") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path("outbox/\(worker)"))) ?? [])
            .filter { !$0.hasPrefix(".") }
    }

    /// Files of results that the queue will never take.
    var rejected: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path("outbox/rejected"))) ?? [])
            .filter { !$0.hasPrefix(".") }
    }
}

private let away = QueueFailure(.status(503), "away")

@Suite("worker and its outbox", .timeLimit(.minutes(2)))
struct OutboxTests {
    @Test("while the queue takes results at once, none of them touches the disk")
    func healthy() async throws {
        let state = try State()
        let bench = Bench(slots: 4, outbox: state.outbox())
        for index in 0..<20 { bench.queue.offer("job-\(index)", input: ["prompt": "words 3", "stream": true]) }
        #expect(await eventually { bench.queue.results.count == 20 })
        #expect(await bench.drained() == .drained)
        #expect(state.waiting().isEmpty)
        let written = FileManager.default.enumerator(atPath: state.folder.path)?.compactMap { $0 as? String } ?? []
        #expect(!written.contains { $0.hasPrefix("outbox/w/") })
    }

    @Test("a result that the queue does not take is on the disk until it does")
    func kept() async throws {
        let state = try State()
        let bench = Bench(outbox: state.outbox())
        bench.queue.failPosts(away)
        bench.queue.offer("a")
        #expect(await eventually { state.waiting().count == 1 })
        #expect(bench.queue.results.isEmpty)
        #expect(await eventually { bench.queue.beats.last == ["a"] })
        bench.queue.failPosts(nil)
        #expect(await eventually { bench.queue.results.map(\.job) == ["a"] })
        #expect(await bench.drained() == .drained)
        #expect(state.waiting().isEmpty)
    }

    @Test("what a worker leaves, the next one of its name delivers: chunks in order, then the result, and beats for it")
    func nextWorker() async throws {
        let state = try State()
        let first = Bench(outbox: state.outbox(), drainTime: .milliseconds(50), deliveryGrace: .milliseconds(300))
        first.queue.failPosts(away)
        first.queue.offer("a", input: ["prompt": "words 5", "stream": true])
        #expect(await eventually { state.waiting().count == 1 })
        #expect(await first.drained() == .undelivered(1))
        #expect(state.waiting().count == 1)

        let second = Bench(outbox: state.outbox())
        #expect(await eventually { second.queue.results.map(\.job) == ["a"] })
        let joined = second.queue.chunks(of: "a").compactMap { text($0) }.joined()
        #expect(joined == "w0 w1 w2 w3 w4 ")
        #expect(second.queue.results.first?.result.isStream == true)
        #expect(second.queue.log.last { $0.hasSuffix(" a") } == "done a")
        #expect(second.engine.readyCalls == 0, "nothing was computed again")
        #expect(await second.drained() == .drained)
        #expect(state.waiting().isEmpty)
    }

    @Test("a kept result stands in the heartbeat of the worker that found it, and its job is not run again")
    func handedOutAgain() async throws {
        let state = try State()
        let first = Bench(outbox: state.outbox(), drainTime: .milliseconds(50), deliveryGrace: .milliseconds(300))
        first.queue.failPosts(away)
        first.queue.offer("a")
        #expect(await eventually { state.waiting().count == 1 })
        _ = await first.drained()

        let queue = ScriptedQueue()
        queue.failPosts(away)
        let second = Bench(queue: queue, outbox: state.outbox())
        #expect(await eventually { queue.beats.last == ["a"] })
        queue.offer("a")
        #expect(await eventually { queue.takes.count >= 2 })
        queue.failPosts(nil)
        #expect(await eventually { queue.results.count == 1 })
        #expect(second.engine.readyCalls == 0)
        _ = await second.drained()
        #expect(queue.results.count == 1)
    }

    @Test("results for another queue stay where they are", arguments: ["https://elsewhere.test/done/a"])
    func foreign(url: String) async throws {
        let state = try State()
        let address = ReturnAddress(job: "a", result: url, stream: url)
        _ = try await state.outbox().store(Parcel(address: address, result: [UInt8]("{}".utf8), finished: 0))
        let bench = Bench(outbox: state.outbox())
        bench.queue.offer("b")
        #expect(await eventually { bench.queue.results.map(\.job) == ["b"] })
        _ = await bench.drained()
        #expect(state.waiting().count == 1)
        #expect(bench.queue.results.count == 1)
    }

    @Test("a result that will never be taken is kept apart, and its client is told", arguments: [400, 413])
    func refused(status: Int) async throws {
        let state = try State()
        let bench = Bench(outbox: state.outbox())
        bench.queue.refuse(QueueFailure(.status(status), answer: "body too large", "the queue answered \(status)"))
        bench.queue.offer("a", input: ["prompt": "words 3"])
        #expect(await eventually { bench.queue.results.count == 1 })
        let error = try #require(bench.queue.results.first?.result.error)
        #expect(error.contains("refused") && error.contains("\(status)"))
        #expect(await bench.drained() == .drained)
        #expect(state.waiting().isEmpty)
        let texts = state.rejected.map { name in
            (try? String(contentsOfFile: state.folder.path("outbox/rejected/\(name)"), encoding: .utf8)) ?? ""
        }
        #expect(texts.contains { $0.contains("w0 w1 w2 ") }, "the whole result")
        #expect(texts.contains { $0.contains("body too large") }, "the queue's answer")
    }

    @Test("with too many results waiting no more jobs are taken, until some are delivered")
    func backlog() async throws {
        let state = try State()
        let bench = Bench(outbox: state.outbox(), backlog: Backlog.Limits(results: 3))
        bench.queue.failPosts(QueueFailure(.status(401), "no"))
        for index in 0..<10 { bench.queue.offer("job-\(index)") }
        #expect(await eventually { state.waiting().count >= 3 })
        // One more may have been under way when the limit was reached.
        let taken = await bench.worker.heldJobs.count
        #expect((3...5).contains(taken), "\(taken) taken")
        bench.queue.failPosts(nil)
        #expect(await eventually { bench.queue.results.count == 10 })
        #expect(await bench.drained() == .drained)
    }

    @Test("a disk that takes nothing costs nothing while the worker lives")
    func noDisk() async throws {
        let outbox = Outbox(place: { OutboxPlace(folder: "/proc/kindling", worker: "w") })
        let bench = Bench(outbox: outbox)
        bench.queue.refuse(away, away, away)
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.results.map(\.job) == ["a"] })
        #expect(await bench.drained() == .drained)
    }

    @Test("a job that the queue stops leaves nothing in the outbox")
    func stopped() async throws {
        let state = try State()
        let bench = Bench(outbox: state.outbox())
        bench.queue.failPosts(away)
        bench.queue.offer("a")
        #expect(await eventually { state.waiting().count == 1 })
        bench.queue.stop("a")
        #expect(await eventually { state.waiting().isEmpty })
        bench.queue.failPosts(nil)
        #expect(await bench.drained() == .drained)
        #expect(bench.queue.results.isEmpty)
    }

    @Test("draining puts what is on its way on the disk at once, though nothing has failed yet")
    func draining() async throws {
        let state = try State()
        // The result's POST hangs until a third take comes, which a draining worker does not send.
        let queue = ScriptedQueue(takesBeforeResults: 3)
        let bench = Bench(
            queue: queue,
            outbox: state.outbox(),
            drainTime: .milliseconds(300),
            deliveryGrace: .milliseconds(300)
        )
        queue.offer("a")
        #expect(await eventually { queue.takes.count == 2 })
        #expect(state.waiting().isEmpty)
        await bench.worker.drain()
        #expect(await eventually { state.waiting().count == 1 })
        #expect(await bench.run.value == .undelivered(1))
    }

    @Test("a disk that hangs keeps no result from a queue that is back")
    func hangingDisk() async throws {
        let outbox = Outbox(place: {
            // As long as anybody asks.
            try? await Task.sleep(for: .seconds(3600))
            return nil
        })
        let bench = Bench(outbox: outbox)
        bench.queue.refuse(away, away)
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.results.map(\.job) == ["a"] })
        #expect(await bench.drained() == .drained)
    }

    @Test("one result that the queue cannot take keeps nobody from working", arguments: [500, 503])
    func oneBadResult(status: Int) async throws {
        let state = try State()
        let bench = Bench(outbox: state.outbox())
        bench.queue.failPosts(of: "bad", QueueFailure(.status(status), "cannot"))
        bench.queue.offer("bad")
        for index in 0..<20 { bench.queue.offer("job-\(index)") }
        #expect(await eventually { bench.queue.results.count == 20 })
        bench.queue.stop("job-1", "bad")
        #expect(await eventually { await bench.worker.heldJobs.isEmpty })
        #expect(await bench.drained() == .drained)
        #expect(await eventually { state.waiting().isEmpty })
    }

    @Test("of two kept results of one job the older is delivered, and no other")
    func twice() async throws {
        let state = try State()
        let queue = ScriptedQueue()
        let address = queue.address(of: "a", isStream: false)
        for (index, text) in ["older", "newer"].enumerated() {
            let body = [UInt8](#"{"output":"\#(text)"}"#.utf8)
            let now = Int(Date().timeIntervalSince1970 * 1000)
            _ = try await state.outbox().store(Parcel(address: address, result: body, finished: now + index))
        }
        let bench = Bench(queue: queue, outbox: state.outbox())
        #expect(await eventually { !queue.results.isEmpty && state.waiting().isEmpty })
        #expect(await bench.drained() == .drained)
        #expect(queue.results.map(\.result.output) == ["older"])
    }

    @Test("whenever a drain comes, nothing that was delivered is left to be sent again", arguments: 0..<40)
    func drainRace(round: Int) async throws {
        let state = try State()
        let bench = Bench(slots: 4, outbox: state.outbox())
        for index in 0..<12 { bench.queue.offer("job-\(index)", input: ["prompt": "words 3", "stream": true]) }
        while bench.queue.results.count < round % 8 { try await Task.sleep(for: .microseconds(50)) }
        #expect(await bench.drained() == .drained)
        #expect(await eventually { state.waiting().isEmpty })
        #expect(Set(bench.queue.results.map(\.job)).count == bench.queue.results.count)
    }

    @Test("stops that meet results on their way to the disk leave neither files nor a full backlog")
    func stopRace() async throws {
        let state = try State()
        let bench = Bench(outbox: state.outbox(), backlog: Backlog.Limits(unsaved: 4))
        bench.queue.failPosts(away)
        for index in 0..<30 {
            bench.queue.offer("job-\(index)")
            #expect(await eventually { bench.engine.attempts("p") > index })
            bench.queue.stop("job-\(index)")
            #expect(await eventually { await bench.worker.heldJobs.isEmpty })
        }
        bench.queue.failPosts(nil)
        bench.queue.offer("last")
        #expect(await eventually { bench.queue.results.map(\.job) == ["last"] })
        #expect(await bench.drained() == .drained)
        #expect(await eventually { state.waiting().isEmpty })
    }

    @Test("heartbeats list all unfinished jobs, and of those that only wait for the queue what fits into a URL")
    func heartbeatList() {
        let waiting = (0..<1000).map { "waiting-\($0)" }
        let working = (0..<300).map { "working-\($0)" }
        let ids = HeartbeatList.ids(unfinished: working, held: waiting + working)
        #expect(Set(working).isSubset(of: ids))
        #expect(ids.joined(separator: "%2C").utf8.count < 8000)
        #expect(ids.count > working.count)
        #expect(HeartbeatList.ids(unfinished: ["a"], held: ["b", "a"]) == ["b", "a"])
    }
}
