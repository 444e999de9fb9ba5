import JSON
import LocalQueue
import Support
import TestSupport
import Testing

/// Jobs over real sockets, the test being client and worker.
@Suite(.timeLimit(.minutes(2)))
struct JobFlowTests {
    @Test(arguments: ["", "/v2/local", "/v2/any-name"])
    func aJobGoesFromRunToStatus(prefix: String) async throws {
        try await Harness.run { harness in
            let submitted = try await harness.post("\(prefix)/run", hello)
            #expect(submitted.status == 200)
            #expect(submitted.json["status"] == "IN_QUEUE")
            let id = try #require(submitted.json["id"]?.string)
            #expect(id.hasSuffix("-u1"))

            let taken = try await harness.take()
            #expect(taken.status == 200)
            #expect(taken.headers["Content-Type"] == "application/json")
            #expect(taken.json["id"]?.string == id)
            #expect(taken.json["input"] == hello["input"])
            #expect(try await harness.state(id) == "IN_PROGRESS")

            let acknowledged = try await harness.done(id, ["output": ["response": "Hi"]])
            #expect(acknowledged.status == 200)
            let status = try await harness.get("\(prefix)/status/\(id)").json
            #expect(status["status"] == "COMPLETED")
            #expect(status["output"] == ["response": "Hi"])
            #expect(status["workerId"] == "w1")
            #expect(status["delayTime"]?.int ?? -1 >= 0)
            #expect(status["executionTime"]?.int ?? -1 >= 0)
        }
    }

    @Test func progressIsTheOutputUntilTheResultIs() async throws {
        try await Harness.run { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.take()
            let progress: JSON = ["phase": "weights", "percent": 41.5]
            #expect(try await harness.done(id, ["status": "IN_PROGRESS", "output": progress]).status == 200)
            let running = try await harness.get("/status/\(id)").json
            #expect(running["status"] == "IN_PROGRESS")
            #expect(running["output"] == progress)
            try await harness.done(id, ["output": "whole"])
            try await harness.done(id, ["status": "IN_PROGRESS", "output": progress])
            #expect(try await harness.get("/status/\(id)").json["output"] == "whole", "what comes late is ignored")
        }
    }

    @Test func aWaitingTakeIsAnsweredByTheSubmission() async throws {
        try await Harness.run { harness in
            async let taken = harness.takeID()
            #expect(try await eventually { try await harness.health("workers", "idle") == 1 })
            let id = try await harness.post("/run", hello).json["id"]?.string
            #expect(try await taken == id)
        }
    }

    @Test func aTakeWithoutJobsIsAnsweredWith204() async throws {
        try await Harness.run({ $0.queue.hold = .milliseconds(50) }) { harness in
            let taken = try await harness.take()
            #expect(taken.status == 204)
            #expect(taken.bytes.isEmpty)
            #expect(try await harness.get("/v2/local/job-stop/w1").status == 204)
        }
    }

    @Test func aBatchIsAnArray() async throws {
        try await Harness.run { harness in
            for _ in 0..<3 { try await harness.post("/run", hello) }
            let batch = try await harness.get("/v2/local/job-take-batch/w1?batch_size=2&job_in_progress=1")
            #expect(batch.json.array?.count == 2)
            #expect(try await harness.take().json.object != nil)
            #expect(try await harness.get("/v2/local/job-take-batch/w1?batch_size=none").status == 400)
        }
    }

    @Test func runSyncWaitsForTheResult() async throws {
        try await Harness.run { harness in
            async let answer = harness.post("/runsync?wait=60000", hello)
            let id = try await harness.takeID()
            #expect(id.hasPrefix("sync-"))
            try await harness.done(id, ["output": "x"])
            #expect(try await answer.json["output"] == "x")
            #expect(try await answer.json["id"]?.string == id)
        }
    }

    @Test func runSyncGivesTheStateWhenTheWaitIsOver() async throws {
        try await Harness.run { harness in
            let answer = try await harness.post("/runsync?wait=1", hello)
            #expect(answer.status == 200)
            #expect(answer.json["status"] == "IN_QUEUE")
            #expect(answer.json["output"] == nil)
        }
    }

    @Test(arguments: ["GET", "POST"])
    func aStreamIsReadPieceByPiece(method: String) async throws {
        try await Harness.run { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.take()
            var read: [JSON] = []
            for number in 0..<5 {
                try await harness.chunk(id, JSON(number))
                let answer = try await harness.send(method, "/stream/\(id)").json
                #expect(answer["status"] == "IN_PROGRESS")
                read += answer["stream"]?.array?.compactMap { $0["output"] } ?? []
            }
            try await harness.done(id, ["output": []])
            let last = try await harness.send(method, "/stream/\(id)").json
            #expect(last == ["status": "COMPLETED", "stream": []])
            #expect(read == [0, 1, 2, 3, 4])
            #expect(try await harness.send(method, "/status/\(id)").json["status"] == "COMPLETED")
        }
    }

    @Test func aWaitingReaderIsAnsweredByTheChunk() async throws {
        try await Harness.run { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.take()
            async let read = harness.get("/stream/\(id)?wait=60000")
            try await harness.chunk(id, "x")
            #expect(try await read.json["stream"] == [["output": "x"]])
        }
    }

    @Test func progressIsSeenInStatus() async throws {
        try await Harness.run { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.take()
            try await harness.done(id, ["status": "IN_PROGRESS", "output": ["percent": 50]])
            let status = try await harness.get("/status/\(id)").json
            #expect(status["status"] == "IN_PROGRESS")
            #expect(status["output"] == ["percent": 50])
        }
    }

    @Test func cancellingReachesTheWorkersStopChannel() async throws {
        try await Harness.run { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.take()
            async let stop = harness.get("/v2/local/job-stop/w1")
            let cancelled = try await harness.post("/cancel/\(id)")
            #expect(cancelled.json == ["id": .string(id), "status": "CANCELLED"])
            #expect(try await stop.json["jobsToStop"] == [.string(id)])
            #expect(try await harness.done(id, ["output": 1]).status == 200)
            #expect(try await harness.state(id) == "CANCELLED")
        }
    }

    @Test func aFailedJobIsRetried() async throws {
        try await Harness.run { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.take()
            try await harness.done(id, ["error": "no"])
            #expect(try await harness.get("/status/\(id)").json["error"] == "no")
            #expect(try await harness.post("/retry/\(id)").json["status"] == "IN_QUEUE")
            #expect(try await harness.takeID("w2") == id)
            #expect(try await harness.health("jobs", "retried") == 1)
        }
    }

    @Test func aPurgeDropsWhatWaits() async throws {
        try await Harness.run { harness in
            for _ in 0..<3 { try await harness.post("/run", hello) }
            let purged = try await harness.post("/purge-queue")
            #expect(purged.json == ["removed": 3, "status": "completed"])
            #expect(try await harness.health("jobs", "inQueue") == 0)
        }
    }

    @Test func healthCountsJobsAndWorkers() async throws {
        try await Harness.run { harness in
            for _ in 0..<3 { try await harness.post("/run", hello) }
            let first = try await harness.takeID("w1")
            try await harness.done(first, ["output": 1])
            _ = try await harness.takeID("w2")
            let health = try await harness.get("/health").json
            #expect(health["jobs"] == ["completed": 1, "failed": 0, "inProgress": 1, "inQueue": 1, "retried": 0])
            #expect(health["workers"]?["idle"] == 1)
            #expect(health["workers"]?["running"] == 1)
        }
    }

    @Test func theHeartbeatsListDecidesWhoHasAJob() async throws {
        // Long enough for a worker on a busy machine to take a job and say that it holds it.
        try await Harness.run({ $0.queue.heartbeatInterval = .seconds(1) }) { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.get("/v2/local/ping/w1?runpod_version=1.12.0")
            #expect(try await harness.takeID("w1") == id)
            // Nothing but the passing of three intervals can bring the job to the second worker.
            #expect(try await harness.takeID("w2") == id)
            _ = try await harness.get("/v2/local/ping/w2?job_id=\(id)&runpod_version=1.12.0")
            _ = try await harness.get("/v2/local/ping/w1?job_id=\(id)%2Cother&runpod_version=1.12.0")
            #expect(try await harness.get("/v2/local/job-stop/w1").json["jobsToStop"] == [.string(id)])
        }
    }

    @Test func aTimeoutComesByItself() async throws {
        try await Harness.run { harness in
            let body: JSON = ["input": [:], "policy": ["executionTimeout": 50]]
            async let answer = harness.post("/runsync", body)
            _ = try await harness.take()
            #expect(try await answer.json["status"] == "TIMED_OUT")
        }
    }

    @Test func aWebhookIsTriedThreeTimesWithTheBodyOfStatus() async throws {
        let calls = Lock<[(url: String, body: [UInt8])]>([])
        let sender: @Sendable (String, [UInt8]) async -> Bool = { url, body in
            calls.withLock { $0.append((url, body)) }
            return calls.withLock { $0.count } == 3
        }
        try await Harness.run({ $0.queue.webhookPause = .milliseconds(20) }, sendWebhook: sender) { harness in
            let body: JSON = ["input": [:], "webhook": "http://example.org/hook"]
            let id = try #require(try await harness.post("/run", body).json["id"]?.string)
            _ = try await harness.take()
            try await harness.done(id, ["output": "x"])
            #expect(await eventually { calls.withLock { $0.count } == 3 })
            let status = try await harness.get("/status/\(id)")
            #expect(calls.withLock { $0.map(\.body) } == [status.bytes, status.bytes, status.bytes])
            #expect(calls.withLock { $0.first?.url } == "http://example.org/hook")
        }
    }

    @Test func manyJobsThroughManyWorkersAllComeBackRight() async throws {
        try await Harness.run { harness in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        while !Task.isCancelled {
                            let job = try await harness.take("w\(worker)").json
                            guard let id = job["id"]?.string, let number = job["input"]?["number"] else { continue }
                            try await harness.done(id, ["output": number], worker: "w\(worker)")
                        }
                    }
                }
                let outputs = try await withThrowingTaskGroup(of: (Int, JSON?).self) { clients in
                    for number in 0..<100 {
                        clients.addTask {
                            let body: JSON = ["input": ["number": JSON(number)]]
                            return (number, try await harness.post("/runsync", body).json["output"])
                        }
                    }
                    return try await clients.reduce(into: [:]) { $0[$1.0] = $1.1 }
                }
                for number in 0..<100 { #expect(outputs[number] == JSON(number)) }
                group.cancelAll()
                while (try? await group.next()) != nil {}
            }
        }
    }
}
