import Glibc
import TestSupport
import Testing

@Suite("answers to a take", .timeLimit(.minutes(10)))
struct TakeFaultTests {
    /// A worker in the debug build has some 60 MB; a body of at most 64 MB is read before it is judged, and an array that
    /// grows holds its bytes twice.
    private static let memoryLimit = 320 << 20

    @Test(
        "an answer without jobs is survived: the next one is asked for, and done",
        arguments: [
            Fault.status(204), .status(400), .status(401), .status(403), .status(404), .status(429, retryAfter: 1),
            .status(500), .status(502), .status(503), .reset, .slow(.seconds(2)), .lostAnswer,
        ]
    )
    func status(fault: Fault) async throws {
        try await survive(fault, times: 3)
    }

    @Test("a body that no worker should believe is survived, in bounded memory", arguments: Garbage.allCases)
    func body(garbage: Garbage) async throws {
        let peak = try await survive(.garbage(garbage), times: garbage == .trickle ? 1 : 3)
        print("\(garbage): \(peak >> 20) MB at most")
        #expect(peak < Self.memoryLimit, "\(peak >> 20) MB")
    }

    @Test("a take that is never answered is given up after ninety seconds, and asked again")
    func hang() async throws {
        try await survive(.hang, times: 1)
    }

    /// - Returns: the most memory that the worker had, in bytes
    @discardableResult
    private func survive(_ fault: Fault, times: Int) async throws -> Int {
        let place = try await Workplace()
        place.queue.inject(fault, on: .take, for: .times(times))
        for number in 0..<3 { place.queue.offer("job-\(number)") }
        let worker = try place.startWorker()
        #expect(await place.finished(3, within: .seconds(180)))
        place.queue.expectAllKept()
        for job in place.queue.accounts.all { #expect(job.error == nil) }
        let peak = try Holdings(of: worker.pid).peakMemory
        try await place.drain(worker)
        return peak
    }
}

@Suite("the channels beside the jobs", .timeLimit(.minutes(10)))
struct ChannelFaultTests {
    static let faults = [Fault.status(503), .status(404), .reset, .hang, .garbage(.cut), .garbage(.endless)]

    @Test("without heartbeats jobs are done all the same, each accepted once", arguments: faults)
    func ping(fault: Fault) async throws {
        let place = try await Workplace(heartbeat: .seconds(10))
        place.queue.inject(fault, on: .ping, for: .always)
        for number in 0..<20 { place.queue.offer("job-\(number)", streams: number % 4 == 0) }
        let worker = try place.startWorker(["--concurrency", "2"])
        #expect(await place.finished(20))
        place.queue.expectAllKept()
        #expect(place.queue.accounts.repeatedResults == 0)
        try await place.drain(worker)
    }

    @Test("a job that the queue gives out twice, because heartbeats did not reach it, has one result")
    func givenTwice() async throws {
        let place = try await Workplace(heartbeat: .milliseconds(300), engine: ["TOKEN_US": "50000"])
        place.queue.inject(.status(503), on: .ping, for: .always)
        for number in 0..<3 { place.queue.offer("job-\(number)", tokens: 60) }
        let worker = try place.startWorker(["--concurrency", "4"])
        #expect(await place.finished(3))
        #expect(place.queue.accounts.requeues > 0, "three seconds of work, and heartbeats missed for one")
        place.queue.expectAllKept()
        try await place.drain(worker)
    }

    @Test("without the stop channel jobs are done all the same, and it is not knocked at in a loop", arguments: faults)
    func stop(fault: Fault) async throws {
        let place = try await Workplace()
        let begin = ContinuousClock.now
        place.queue.inject(fault, on: .stop, for: .always)
        for number in 0..<20 { place.queue.offer("job-\(number)", streams: number % 4 == 0) }
        let worker = try place.startWorker(["--concurrency", "2"])
        #expect(await place.finished(20))
        place.queue.expectAllKept()
        #expect(place.queue.accounts.requeues == 0)
        try await Task.sleep(until: begin + .seconds(10), clock: .continuous)
        #expect(place.queue.tally(in: .seconds(10), after: begin)[.stop, default: 0] <= 20)
        try await place.drain(worker)
    }

    @Test("the stop channel is heard again after it was down")
    func stopReturns() async throws {
        let place = try await Workplace(engine: ["TOKEN_US": "20000", "TOKENS": "100000"])
        place.queue.inject(.status(500), on: .stop, for: .times(3))
        place.queue.offer("endless", tokens: 4096, streams: true)
        let worker = try place.startWorker()
        #expect(await eventually { place.queue.accounts["endless"]?.chunks.isEmpty == false })
        place.queue.cancel("endless")
        #expect(await eventually(timeout: .seconds(60)) { !place.engine.events("client_gone").isEmpty })
        #expect(place.queue.finishedCount == 0)
        try await place.drain(worker)
    }
}
