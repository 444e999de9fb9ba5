import Glibc
import Support
import TestSupport
import Testing

@Suite("the worker is killed", .timeLimit(.minutes(10)))
struct KillTests {
    private static let jobs = 1_000
    private static let lives = 50

    /// One job in five streams; the long ones are what a kill finds half done.
    private static func tokens(of number: Int) -> Int { number % 5 == 0 ? 25 : 3 }

    @Test(
        "fifty times with SIGKILL in a run of a thousand jobs, at a queue that fails now and then: none vanishes",
        arguments: [UInt64(1)]
    )
    func killed(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let place = try await Workplace(engine: ["TOKEN_US": "500"])
        let queue = place.queue
        for number in 0..<Self.jobs {
            queue.offer("job-\(number)", tokens: Self.tokens(of: number), streams: number % 5 == 0)
        }
        let moments = (0..<Self.lives).map { _ in Int.random(in: 0..<Self.jobs - 50, using: &generator) }.sorted()
        var kills: [ClosedRange<ContinuousClock.Instant>] = []
        var foundOnDisk = 0
        for (life, moment) in moments.enumerated() {
            let takesResults = life % 5 != 4
            queue.inject(RandomFault(using: &generator))
            if !takesResults { queue.inject(.status(503), on: .done, for: .always) }
            let worker = try place.startWorker(["--concurrency", "4"])
            let begin = queue.count(.take, .done)
            // Not before it has asked for something: a worker that was never alive proves nothing.
            #expect(await eventually { queue.count(.take, .done) > begin })
            #expect(
                await eventually(timeout: .seconds(100), every: .milliseconds(1)) {
                    takesResults ? queue.finishedCount >= moment : place.waitingParcels.count >= 3
                }
            )
            try await Task.sleep(for: .milliseconds(Int.random(in: 0..<30, using: &generator)))
            worker.signal(SIGKILL)
            let killed = ContinuousClock.now
            _ = try await blocking { worker.waitForEnd() }
            kills.append(killed...(.now))
            foundOnDisk += place.waitingParcels.count
            if !takesResults { queue.recover() }
        }
        #expect(foundOnDisk >= Self.lives / 5 * 3)
        let last = try place.startWorker(["--concurrency", "4"])
        #expect(await place.finished(Self.jobs, within: .seconds(200)))
        let accounts = queue.accounts
        #expect(accounts.brokenPromises(breaks: kills) == [], "seed \(seed)")
        for job in accounts.all {
            let words = Self.tokens(of: Int(job.id.dropFirst(4)) ?? 0)
            #expect(job.resultText?.split(separator: " ").count == words, "\(job.id), seed \(seed)")
        }
        try await place.drain(last)
        #expect(place.rejectionNotes.isEmpty)
        print(
            """
            \(kills.count) kills, \(Self.jobs) jobs: \(accounts.requeues) given out again by the queue, \(foundOnDisk) \
            results found on disk, \(accounts.lostAnswers) acknowledgements lost, \(accounts.repeatedResults) results \
            and \(accounts.repeatedChunks) chunks repeated
            """
        )
    }
}

@Suite("SIGTERM", .serialized, .timeLimit(.minutes(3)))
struct TerminationTests {
    /// The promise is 200 ms; the debug build on a busy machine is given more than the figure that `scripts/soak` checks.
    private static let limit = Duration.milliseconds(1_000)

    @Test("an idle worker has gone at once, though the queue holds its polls")
    func idle() async throws {
        let place = try await Workplace()
        place.queue.offer("first")
        let worker = try place.startWorker()
        #expect(await place.finished(1))
        let takes = place.queue.count(.take)
        #expect(await eventually { place.queue.count(.take) >= takes && place.queue.count(.stop) > 0 })
        let begin = ContinuousClock.now
        try await place.drain(worker)
        #expect(begin.duration(to: .now) < Self.limit)
    }

    @Test("with a job: its result is delivered, and the worker has gone at once after it")
    func busy() async throws {
        let place = try await Workplace(engine: ["TOKEN_US": "20000"])
        place.queue.offer("long", tokens: 100, streams: true)
        let worker = try place.startWorker()
        #expect(await eventually { place.queue.accounts["long"]?.chunks.isEmpty == false })
        try await place.drain(worker)
        let finished = try #require(place.queue.accounts["long"]?.finished)
        #expect(finished.duration(to: .now) < Self.limit)
        #expect(place.queue.accounts["long"]?.resultText?.split(separator: " ").count == 100)
        place.queue.expectAllKept()
    }
}
