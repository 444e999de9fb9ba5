import TestSupport
import Testing

@Suite("the whole queue is away", .timeLimit(.minutes(10)))
struct OutageTests {
    @Test(
        "at most twenty requests in the first ten seconds, with eight results waiting",
        arguments: [Fault.status(503), .status(500), .reset, .garbage(.notHTTP), .garbage(.cut), .hang]
    )
    func firstSeconds(fault: Fault) async throws {
        let place = try await Workplace(heartbeat: .seconds(10), engine: ["TOKEN_US": "50000"])
        let queue = place.queue
        for number in 0..<8 { queue.offer("job-\(number)", tokens: 60 + number, streams: number % 4 == 0) }
        let worker = try place.startWorker(["--concurrency", "8"])
        #expect(await eventually { queue.accounts.heldCount == 8 })
        let begin = ContinuousClock.now
        for route in QueueRoute.allCases { queue.inject(fault, on: route, for: .always) }
        try await Task.sleep(for: .seconds(11))
        let requests = queue.tally(in: .seconds(10), after: begin)
        #expect(requests.values.reduce(0, +) <= 20, "\(requests)")
        queue.recover()
        #expect(await place.finished(8))
        queue.expectAllKept()
        #expect(queue.accounts.requeues == 0)
        try await place.drain(worker)
    }

    @Test(
        "at most twenty requests in the first ten seconds, with nothing to do",
        arguments: [Fault.status(503), .reset]
    )
    func idle(fault: Fault) async throws {
        let place = try await Workplace(heartbeat: .seconds(10))
        let queue = place.queue
        for number in 0..<8 { queue.offer("job-\(number)", streams: number % 4 == 0) }
        let worker = try place.startWorker(["--concurrency", "8"])
        #expect(await place.finished(8))
        for route in QueueRoute.allCases { queue.inject(fault, on: route, for: .always) }
        // The polls that it holds end now, as they do when a queue goes down.
        let begin = ContinuousClock.now
        queue.close()
        try queue.open()
        try await Task.sleep(for: .seconds(11))
        let requests = queue.tally(in: .seconds(10), after: begin)
        #expect(requests.values.reduce(0, +) <= 20, "\(requests)")
        queue.recover()
        for number in 0..<8 { queue.offer("late-\(number)") }
        #expect(await place.finished(16))
        queue.expectAllKept()
        try await place.drain(worker)
    }

    @Test("a minute of 503 with fifty results waiting: all are there soon after its end")
    func minute() async throws {
        // Longer than the outage, or a take that was held since before it would be given jobs that went unnamed.
        let place = try await Workplace(heartbeat: .seconds(30))
        let queue = place.queue
        for number in 0..<50 { queue.offer("job-\(number)", streams: number % 5 == 0) }
        for route in QueueRoute.allCases where route != .take && route != .ping {
            queue.inject(.status(503), on: route, for: .always)
        }
        let worker = try place.startWorker(["--concurrency", "50"])
        #expect(await eventually { queue.accounts.heldCount == 50 })
        queue.inject(.status(503), on: .take, .ping, for: .always)
        let begin = ContinuousClock.now
        try await Task.sleep(for: .seconds(60))
        #expect(queue.finishedCount == 0)
        queue.recover()
        let end = ContinuousClock.now
        #expect(await place.finished(50))
        queue.expectAllKept()

        let last = try #require(queue.accounts.all.compactMap(\.finished).max())
        let probes = queue.visits.filter { $0.route != .ping && begin <= $0.at }.map(\.at)
        let pauses = zip(probes, probes.dropFirst()).map { $0.duration(to: $1) }
        let longest = try #require(pauses.max())
        print("a minute of 503: all delivered \(end.duration(to: last)) after it, probes at most \(longest) apart")
        // 6 s and 5 s are promised; what is said above is measured, and a machine that is busy with other tests has time.
        #expect(end.duration(to: last) <= .seconds(30))
        #expect(longest <= .seconds(10))
        #expect(queue.accounts.requeues == 0)
        try await place.drain(worker)
    }
}
