import Foundation
import Glibc
import TestSupport
import Testing

@Suite("results on disk", .timeLimit(.minutes(10)))
struct OutboxTests {
    /// No job is given away while a worker is dead: three of these are longer than any test here.
    private static let patient = Duration.seconds(100)

    /// A worker that was killed while `count` results waited for the queue.
    private func killedWorker(_ place: Workplace, waiting count: Int) async throws {
        place.queue.inject(.status(503), on: .done, .stream, for: .always)
        for number in 0..<count { place.queue.offer("job-\(number)", streams: number % 4 == 0) }
        let worker = try place.startWorker(["--concurrency", "\(count)"])
        #expect(await eventually(timeout: .seconds(60)) { place.waitingParcels.count == count })
        worker.signal(SIGKILL)
        _ = try await blocking { worker.waitForEnd() }
        #expect(place.queue.finishedCount == 0)
    }

    @Test("what waited when the worker was killed is delivered by the next one, whole and once")
    func nextWorker() async throws {
        let place = try await Workplace(heartbeat: Self.patient)
        try await killedWorker(place, waiting: 10)
        place.queue.recover()
        let worker = try place.startWorker()
        #expect(await place.finished(10))
        place.queue.expectAllKept()
        for job in place.queue.accounts.all {
            #expect(job.handOuts.count == 1)
            #expect(job.repeatedResults.isEmpty)
            #expect(job.resultText == "w0 w1 w2")
        }
        try await place.drain(worker)
    }

    @Test("the next worker names in its heartbeats what it found, so that nobody runs it a second time")
    func named() async throws {
        let place = try await Workplace(heartbeat: .milliseconds(500))
        place.queue.inject(.status(503), on: .done, for: .always)
        place.queue.offer("found")
        let first = try place.startWorker()
        #expect(await eventually { place.waitingParcels.count == 1 })
        first.signal(SIGKILL)
        _ = try await blocking { first.waitForEnd() }
        let next = try place.startWorker()
        // Longer than three heartbeats: a job that is not named would be in the line again.
        try await Task.sleep(for: .seconds(4))
        #expect(place.queue.accounts.requeues == 0)
        place.queue.recover()
        #expect(await place.finished(1))
        #expect(place.queue.accounts["found"]?.handOuts.count == 1)
        try await place.drain(next)
    }

    @Test("two workers that find a dead one's results on their volume send each of them once")
    func twoWorkers() async throws {
        let place = try await Workplace(heartbeat: Self.patient)
        try await killedWorker(place, waiting: 40)
        place.queue.recover()
        // Neither is the dead one's successor by name: they wait until its last sign of life is a minute old.
        try place.ageOutbox(of: "worker-1", by: 300)
        let workers = try [
            place.startWorker([], ["RUNPOD_POD_ID": "worker-2"]), place.startWorker([], ["RUNPOD_POD_ID": "worker-3"]),
        ]
        #expect(await place.finished(40))
        place.queue.expectAllKept()
        #expect(place.queue.accounts.repeatedResults == 0)
        for worker in workers { try await place.drain(worker) }
    }

    @Test("SIGTERM while the queue is away: the worker ends in time, and the next one delivers")
    func drained() async throws {
        let place = try await Workplace(heartbeat: Self.patient)
        place.queue.inject(.status(503), on: .done, .stream, for: .always)
        for number in 0..<5 { place.queue.offer("job-\(number)") }
        let first = try place.startWorker(["--concurrency", "5"])
        #expect(await eventually { place.queue.count(.done) > 0 && place.queue.accounts.heldCount == 5 })
        first.signal(SIGTERM)
        _ = try await blocking { first.waitForEnd() }
        #expect(place.waitingParcels.count == 5)
        place.queue.recover()
        let next = try place.startWorker()
        #expect(await place.finished(5))
        place.queue.expectAllKept()
        try await place.drain(next)
    }

    @Test(
        "with as many results waiting as the outbox may hold, no more jobs are taken",
        arguments: [Fault.status(401), .hang]
    )
    func full(fault: Fault) async throws {
        let place = try await Workplace()
        let queue = place.queue
        queue.inject(fault, on: .done, for: .always)
        for number in 0..<200 { queue.offer("job-\(number)") }
        let worker = try place.startWorker(["--concurrency", "2"], ["KINDLING_OUTBOX_RESULTS": "5"])
        #expect(await eventually { queue.count(.done) >= 5 })
        try await Task.sleep(for: .seconds(10))
        let taken = 200 - queue.accounts.waitingCount
        // A result waits from its first failure on: those that were just being sent may come on top.
        #expect(taken <= 5 + 32, "\(taken) jobs taken")
        worker.signal(SIGKILL)
        _ = try await blocking { worker.waitForEnd() }
    }

    @Test("a queue that takes everything costs no disk write")
    func healthy() async throws {
        let place = try await Workplace()
        for number in 0..<5 { place.queue.offer("early-\(number)") }
        let worker = try place.startWorker(["--concurrency", "2"])
        #expect(await place.finished(5))
        let before = place.outboxChanged
        for number in 0..<50 { place.queue.offer("late-\(number)", streams: number % 5 == 0) }
        #expect(await place.finished(55))
        #expect(place.outboxChanged == before)
        place.queue.expectAllKept()
        try await place.drain(worker)
    }
}

extension Workplace {
    /// Lets a worker's last sign of life be so many seconds older.
    fileprivate func ageOutbox(of worker: String, by seconds: Double) throws {
        let folder = state.path("state/outbox/\(worker)")
        let then = Date.now - seconds
        for path in ["\(folder)/.alive", folder] where FileManager.default.fileExists(atPath: path) {
            try FileManager.default.setAttributes([.modificationDate: then], ofItemAtPath: path)
        }
    }

    /// When a file was last made or removed in the outbox, nanoseconds included; nil: it is not there.
    fileprivate var outboxChanged: Date? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: state.path("state/outbox"))
        return attributes?[.modificationDate] as? Date
    }
}
