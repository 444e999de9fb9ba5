import TestSupport
import Testing

@Suite("what the queue will never take", .timeLimit(.minutes(10)))
struct RejectionTests {
    @Test(
        "a result that is refused for good is kept apart, its client is told by a small error, and work goes on",
        arguments: [400, 413]
    )
    func result(status: Int) async throws {
        let place = try await Workplace()
        let queue = place.queue
        // Tokens of about five bytes each: only the large result is above the limit.
        queue.inject(.status(status), on: .done, for: .always, minimumSize: 5_000)
        queue.offer("large", tokens: 2_000)
        for number in 0..<5 { queue.offer("small-\(number)") }
        let worker = try place.startWorker()
        #expect(await place.finished(6))
        queue.expectAllKept()
        let large = try #require(queue.accounts["large"])
        #expect(large.error?.contains("\(status)") == true, "\(large.error ?? "no error")")
        for number in 0..<5 { #expect(queue.accounts["small-\(number)"]?.error == nil) }
        #expect(await eventually { place.rejectionNotes.count == 1 }, "\(place.rejectionNotes)")
        #expect(queue.accounts.requeues == 0)
        try await place.drain(worker)
        let lines = worker.standardOutput.split(separator: "\n").filter { $0.contains("rejected") }
        #expect(lines.count == 1, "said once, with what to do: \(lines)")
    }

    @Test(
        "chunks that are refused for good do not keep the result, which holds them all, from going",
        arguments: [400, 413]
    )
    func chunks(status: Int) async throws {
        let place = try await Workplace()
        let queue = place.queue
        queue.inject(.status(status), on: .stream, for: .always)
        queue.offer("stream", tokens: 5, streams: true)
        queue.offer("next")
        let worker = try place.startWorker()
        #expect(await place.finished(2))
        queue.expectAllKept()
        #expect(queue.accounts["stream"]?.chunks.count == 0)
        #expect(queue.accounts["stream"]?.resultText == "w0 w1 w2 w3 w4")
        try await place.drain(worker)
    }

    @Test("a queue that refuses the key is asked again: nothing is lost once it takes it", arguments: [401, 403])
    func key(status: Int) async throws {
        let place = try await Workplace()
        let queue = place.queue
        queue.inject(.status(status), on: .done, for: .times(8))
        for number in 0..<3 { queue.offer("job-\(number)") }
        let worker = try place.startWorker(["--concurrency", "3"])
        #expect(await place.finished(3, within: .seconds(200)))
        queue.expectAllKept()
        for job in queue.accounts.all { #expect(job.error == nil) }
        #expect(place.rejectionNotes.isEmpty)
        try await place.drain(worker)
    }
}
