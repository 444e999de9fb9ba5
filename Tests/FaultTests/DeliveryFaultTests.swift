import TestSupport
import Testing

/// A way to fail that passes, and how long a job may take because of it.
struct PassingFault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fault: Fault
    let times: Int
    var patience = Duration.seconds(200)
    /// Repeats that it excuses.
    var lostAnswers: Int { fault == .lostAnswer ? times : 0 }

    init(_ name: String, _ fault: Fault, times: Int) {
        testDescription = name
        self.fault = fault
        self.times = times
    }

    static let all = [
        PassingFault("500 once", .status(500), times: 1),
        PassingFault("500 three times", .status(500), times: 3),
        PassingFault("500 ten times", .status(500), times: 10),
        PassingFault("503 with Retry-After: 1", .status(503, retryAfter: 1), times: 2),
        PassingFault("429 with Retry-After: 1", .status(429, retryAfter: 1), times: 2),
        PassingFault("429 without a time", .status(429), times: 1),
        PassingFault("404 three times", .status(404), times: 3),
        PassingFault("reset three times", .reset, times: 3),
        PassingFault("no answer at all", .hang, times: 1),
        PassingFault("the answer is lost", .lostAnswer, times: 3),
        PassingFault("slow", .slow(.seconds(2)), times: 3),
        PassingFault("bytes that are no HTTP", .garbage(.notHTTP), times: 2),
        PassingFault("an answer cut short", .garbage(.cut), times: 2),
    ]
}

@Suite("results and chunks that the queue does not take at once", .timeLimit(.minutes(10)))
struct DeliveryFaultTests {
    @Test(
        "each job has one accepted result, its chunks before it and in order, and is named in every heartbeat",
        arguments: PassingFault.all,
        [QueueRoute.done, .stream]
    )
    func passing(row: PassingFault, route: QueueRoute) async throws {
        let place = try await Workplace()
        let queue = place.queue
        queue.inject(row.fault, on: route, for: .times(row.times))
        for number in 0..<10 { queue.offer("job-\(number)", tokens: 5, streams: number % 2 == 0) }
        let worker = try place.startWorker(["--concurrency", "2"])
        #expect(await place.finished(10, within: row.patience))
        queue.expectAllKept()
        let accounts = queue.accounts
        #expect(accounts.requeues == 0)
        for job in accounts.all {
            #expect(job.error == nil)
            #expect(job.resultText == "w0 w1 w2 w3 w4")
            #expect(job.silentBeats == 0, "\(job.id)")
            if !job.chunks.isEmpty { #expect(job.streamedText == job.resultText) }
        }
        #expect(accounts.repeatedResults + accounts.repeatedChunks <= row.lostAnswers)
        try await place.drain(worker)
    }

    @Test("a queue that refuses connections for four seconds gets all that was finished meanwhile")
    func refused() async throws {
        let place = try await Workplace(engine: ["TOKEN_US": "20000"])
        let queue = place.queue
        for number in 0..<8 { queue.offer("job-\(number)", tokens: 40, streams: number % 2 == 0) }
        let worker = try place.startWorker(["--concurrency", "8"])
        #expect(await eventually { queue.accounts.heldCount == 8 })
        queue.close()
        try await Task.sleep(for: .seconds(4))
        #expect(queue.finishedCount == 0)
        try queue.open()
        #expect(await place.finished(8))
        queue.expectAllKept()
        #expect(queue.accounts.requeues == 0)
        try await place.drain(worker)
    }

    @Test("a result that hangs holds up no other: the rest is taken, run and delivered meanwhile")
    func hanging() async throws {
        let place = try await Workplace()
        let queue = place.queue
        queue.inject(.hang, on: .done, for: .times(1))
        for number in 0..<20 { queue.offer("job-\(number)") }
        let worker = try place.startWorker(["--concurrency", "2"])
        #expect(await place.finished(19, within: .seconds(30)))
        #expect(await place.finished(20))
        queue.expectAllKept()
        try await place.drain(worker)
    }
}
