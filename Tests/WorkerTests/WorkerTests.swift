import ColdStart
import Generation
import JSON
import Jobs
import Logging
import Support
import TestSupport
import Testing

@testable import Worker

@Suite("worker", .timeLimit(.minutes(2)))
struct WorkerTests {
    @Test("a job travels from the queue through the engine and back, and the next take overtakes its result")
    func oneJob() async throws {
        let bench = Bench(queue: ScriptedQueue(takesBeforeResults: 2))
        bench.queue.offer("a", input: ["prompt": "words 3"])
        #expect(await eventually { bench.queue.results.count == 1 })
        let post = try #require(bench.queue.results.first)
        #expect(text(post.result.output) == "w0 w1 w2 ")
        #expect(post.result.error == nil && !post.result.isStream)
        #expect(await bench.drained() == .drained)
        #expect(bench.queue.log.prefix(2) == ["take", "take"], "the second take came while the result was on its way")
    }

    @Test("bad input is answered with the field's name and never reaches the engine")
    func badInput() async throws {
        let bench = Bench()
        bench.queue.offer("a", input: ["prompt": 7])
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.error?.contains("\"prompt\"") == true)
        #expect(bench.engine.readyCalls == 0)
        _ = await bench.drained()
    }

    @Test("a job that counts on more context than the memory holds is told so; one that does not is served")
    func context() async throws {
        let bench = Bench()
        bench.engine.holds(context: 4096)
        bench.queue.offer("a", input: ["prompt": "words 3", "options": ["num_ctx": 8000]])
        #expect(await eventually { bench.queue.results.count == 1 })
        let error = try #require(bench.queue.results.first?.result.error)
        #expect(error.contains("8000") && error.contains("4096"))
        bench.queue.offer("b", input: ["prompt": "words 3", "options": ["num_ctx": 4096]])
        #expect(await eventually { bench.queue.results.count == 2 })
        #expect(text(bench.queue.results.last?.result.output) == "w0 w1 w2 ")
        _ = await bench.drained()
    }

    @Test("eight slots run eight jobs at once")
    func parallel() async {
        let bench = Bench(slots: 8)
        bench.queue.offer("a", "b", "c", "d", "e", "f", "g", "h", input: ["prompt": "hold"])
        #expect(await eventually { bench.engine.holding == 8 })
        bench.engine.release()
        #expect(await eventually { bench.queue.results.count == 8 })
        #expect(bench.queue.takes.first == 8)
        _ = await bench.drained()
    }

    @Test("a stream: the first token alone, the rest together while a POST is on its way, the result after all chunks")
    func stream() async throws {
        let bench = Bench(queue: ScriptedQueue(chunkDelay: .milliseconds(30)))
        bench.queue.offer("a", input: ["prompt": "words 200", "stream": true])
        #expect(await eventually { bench.queue.results.count == 1 })
        let chunks = bench.queue.chunks(of: "a")
        let expected = (0..<200).map { "w\($0) " }.joined()
        #expect(text(chunks.first) == "w0 ")
        #expect(chunks.compactMap { text($0) }.joined() == expected)
        #expect(chunks.count < 20, "\(chunks.count) posts for 201 objects")
        #expect(chunks.last?["done"] == true)
        let result = try #require(bench.queue.results.first?.result)
        #expect(result.isStream)
        #expect(text(result.output) == expected)
        #expect(bench.queue.log.last { $0.hasSuffix(" a") } == "done a")
        _ = await bench.drained()
    }

    @Test("a refused chunk is sent again, so nothing is missing and nothing is out of order")
    func chunkRetry() async {
        let bench = Bench()
        bench.queue.refuse(QueueFailure(.status(500), "500"), QueueFailure(.unreachable, "gone"))
        bench.queue.offer("a", input: ["prompt": "words 50", "stream": true])
        #expect(await eventually { bench.queue.results.count == 1 })
        let joined = bench.queue.chunks(of: "a").compactMap { text($0) }.joined()
        #expect(joined == (0..<50).map { "w\($0) " }.joined())
        _ = await bench.drained()
    }

    @Test(
        "a result is offered until the queue takes it, whatever it said before",
        arguments: [QueueFailure.Kind.status(500), .status(404), .unreachable, .timedOut]
    )
    func resultRetry(kind: QueueFailure.Kind) async {
        let bench = Bench()
        bench.queue.refuse(QueueFailure(kind, "1"), QueueFailure(kind, "2"), QueueFailure(kind, "3"))
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.attempts == 4)
        _ = await bench.drained()
    }

    @Test("while a result waits, its slot works and the heartbeat still lists its job")
    func slotIsFree() async {
        let bench = Bench()
        bench.queue.refuse(
            QueueFailure(.status(404), "1"),
            QueueFailure(.status(404), "2"),
            QueueFailure(.status(404), "3")
        )
        bench.queue.offer("a")
        bench.queue.offer("b", input: ["prompt": "hold"])
        #expect(await eventually { bench.engine.holding == 1 })
        #expect(await eventually { bench.queue.beats.contains(["a", "b"]) })
        bench.engine.release()
        #expect(await eventually { Set(bench.queue.results.map(\.job)) == ["a", "b"] })
        #expect(await eventually { bench.queue.beats.last == [] })
        _ = await bench.drained()
    }

    @Test("a stopped job: the engine's request is closed, no result is sent, the slot takes the next")
    func stop() async {
        let bench = Bench()
        bench.queue.offer("a", input: ["prompt": "hang"])
        #expect(await eventually { bench.engine.attempts("hang") == 1 })
        bench.queue.stop("a")
        #expect(await eventually { bench.engine.closedRequests == 1 })
        bench.queue.offer("b")
        #expect(await eventually { bench.queue.results.map(\.job) == ["b"] })
        #expect(await bench.worker.heldJobs == [])
        _ = await bench.drained()
    }

    @Test("a job that waits inside the worker can be stopped, too")
    func stopWaiting() async {
        let bench = Bench()
        bench.queue.offer("a", "b", input: ["prompt": "hold"])
        #expect(await eventually { bench.engine.holding == 1 })
        bench.queue.stop("b")
        #expect(await eventually { await bench.worker.heldJobs == ["a"] })
        bench.engine.release()
        #expect(await eventually { bench.queue.results.map(\.job) == ["a"] })
        #expect(await bench.drained() == .drained)
        #expect(bench.queue.results.map(\.job) == ["a"])
    }

    @Test("draining closes open polls, lets work finish, then ends")
    func drain() async {
        let bench = Bench(slots: 2)
        bench.queue.offer("a", input: ["prompt": "hold"])
        #expect(await eventually { bench.engine.holding == 1 && bench.queue.openTakes == 1 })
        await bench.worker.drain()
        #expect(await eventually { bench.queue.openTakes == 0 })
        bench.engine.release()
        #expect(await bench.run.value == .drained)
        #expect(bench.queue.results.map(\.job) == ["a"])
    }

    @Test("what still runs when the drain time is over is answered as interrupted")
    func interrupted() async {
        let bench = Bench(drainTime: .milliseconds(50))
        bench.queue.offer("a", "b", input: ["prompt": "hang", "stream": true])
        #expect(await eventually { bench.engine.attempts("hang") == 1 })
        #expect(await bench.drained() == .drained)
        #expect(Set(bench.queue.results.map(\.job)) == ["a", "b"])
        #expect(bench.queue.results.allSatisfy { $0.result.error?.hasPrefix("interrupted") == true })
        #expect(bench.queue.results.allSatisfy { $0.result.isStream }, "though no chunk was sent")
    }

    @Test("results that the queue does not take before the end are counted, not hidden")
    func undelivered() async {
        let bench = Bench(drainTime: .milliseconds(50), deliveryGrace: .milliseconds(200))
        for _ in 0..<100 { bench.queue.refuse(QueueFailure(.status(401), "no")) }
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.attempts > 0 })
        #expect(await bench.drained() == .undelivered(1))
    }

    @Test("a malformed item is answered, its neighbours run")
    func malformed() async {
        let bench = Bench(slots: 2)
        bench.queue.offer([
            .malformed(id: "bad", reason: "the job has no \"input\""), .malformed(id: nil, reason: "it is a number"),
            .job(Job(id: "good", input: ["prompt": "words 1"])),
        ])
        #expect(await eventually { bench.queue.results.count == 2 })
        let answers = Dictionary(uniqueKeysWithValues: bench.queue.results.map { ($0.job, $0.result) })
        #expect(answers["bad"]?.error?.contains("no \"input\"") == true)
        #expect(answers["good"]?.error == nil)
        _ = await bench.drained()
    }

    @Test("a queue that takes no chunks gets the result all the same: it holds the whole answer")
    func chunksRefused() async throws {
        let bench = Bench()
        bench.queue.failChunks(QueueFailure(.status(404), "no such route"))
        bench.queue.offer("a", input: ["prompt": "words 5", "stream": true])
        #expect(await eventually(timeout: .seconds(60)) { bench.queue.results.count == 1 })
        #expect(text(bench.queue.results.first?.result.output) == "w0 w1 w2 w3 w4 ")
        #expect(bench.queue.results.first?.result.isStream == true)
        _ = await bench.drained()
    }

    @Test("at the drain's end chunks that the queue does not take keep no result from going")
    func chunksStuckAtDrain() async throws {
        let bench = Bench(drainTime: .milliseconds(100))
        bench.queue.failChunks(QueueFailure(.status(500), "stream store down"))
        bench.queue.offer("a", input: ["prompt": "words 5", "stream": true])
        #expect(await eventually { bench.engine.attempts("words 5") == 1 })
        #expect(await bench.drained() == .drained)
        #expect(bench.queue.results.map(\.job) == ["a"])
    }

    @Test(
        "an execution timeout of any size is JSON, and ends nobody but its job",
        arguments: ["1e300", "1e999", "1e16"]
    )
    func hugeExecutionTimeout(limit: String) async throws {
        let bench = Bench()
        let fields = try #require(try JSON(parsing: "{\"policy\":{\"executionTimeout\":\(limit)}}").object)
        bench.queue.offer([.job(Job(id: "a", input: ["prompt": "words 1"], fields: fields))])
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.error == nil)
        _ = await bench.drained()
    }

    @Test("an OpenAI client's mistake comes back as OpenAI's error object, with the status it would have had")
    func openAIError() async throws {
        let bench = Bench()
        let request: JSON = ["openai_route": "/v1/chat/completions", "openai_input": ["messages": 5, "stream": true]]
        bench.queue.offer("a", input: request)
        #expect(await eventually { bench.queue.results.count == 1 })
        let result = try #require(bench.queue.results.first?.result)
        let error = try JSON(parsing: result.error ?? "")["error"]
        #expect(error?["code"] == 400)
        #expect(error?["type"] == "invalid_request_error")
        #expect(error?["message"]?.string?.contains("messages") == true)
        #expect(result.isStream, "the client asked for a stream")
        _ = await bench.drained()
    }

    @Test("policy.executionTimeout is kept")
    func executionTimeout() async {
        let bench = Bench()
        let fields: JSON.Object = ["policy": ["executionTimeout": 60]]
        bench.queue.offer([.job(Job(id: "a", input: ["prompt": "hang"], fields: fields))])
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.error?.contains("60 ms") == true)
        #expect(await eventually { bench.engine.closedRequests == 1 })
        _ = await bench.drained()
    }

    @Test("many prompts in one job are answered in order, each failure in its place, never more at once than slots")
    func batch() async throws {
        let bench = Bench(slots: 3)
        let prompts: JSON = ["words 1", ["prompt": 5], "words 2", "kill", "words 3", "words 4"]
        bench.queue.offer("a", input: ["prompts": prompts])
        #expect(await eventually { bench.queue.results.count == 1 })
        let answers = try #require(bench.queue.results.first?.result.output?.array)
        #expect(answers.count == 6)
        #expect(answers.map { text($0)?.split(separator: " ").count } == [1, nil, 2, nil, 3, 4])
        #expect(answers[1]["error"]?.string?.contains("prompts[1]") == true)
        #expect(bench.engine.peak <= 3)
        _ = await bench.drained()
    }
}

@Suite("worker and engine crashes", .timeLimit(.minutes(2)))
struct CrashTests {
    @Test("a job without output is rerun once on the fresh engine")
    func rerun() async {
        let bench = Bench()
        bench.queue.offer("a", input: ["prompt": "killOnce"])
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.error == nil)
        #expect(bench.engine.attempts("killOnce") == 2)
        #expect(bench.engine.pardons == 0)
        _ = await bench.drained()
    }

    @Test("a job that kills the engine alone is convicted, and the death is not the engine's")
    func conviction() async {
        let bench = Bench(slots: 4)
        bench.queue.offer("a", input: ["prompt": "kill"])
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.error?.contains("not tried again") == true)
        #expect(bench.engine.attempts("kill") == 2)
        #expect(bench.engine.pardons == 1)
        bench.queue.offer("b")
        #expect(await eventually { bench.queue.results.count == 2 })
        #expect(bench.queue.results.last?.result.error == nil)
        _ = await bench.drained()
    }

    @Test("a stream that has begun ends with an error that says so, and is not begun again")
    func stream() async {
        let bench = Bench()
        bench.queue.offer("a", input: ["prompt": "killAfter 5", "stream": true])
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.error?.contains("part of the answer had been sent") == true)
        #expect(bench.queue.results.first?.result.isStream == true)
        #expect(bench.engine.attempts("killAfter 5") == 1)
        #expect(!bench.queue.chunks(of: "a").isEmpty)
        _ = await bench.drained()
    }

    @Test("an engine that cannot be kept alive ends the worker; the last answer asks for the pod's stop")
    func gaveUp() async {
        let bench = Bench()
        bench.queue.offer("a", input: ["prompt": "giveUp"])
        #expect(await bench.run.value == .engineGaveUp("three failures in a row"))
        #expect(bench.queue.results.map(\.result.stopsPod) == [true])
        #expect(bench.queue.results.first?.result.error == "three failures in a row")
    }
}

@Suite("worker and a dead queue", .timeLimit(.minutes(2)))
struct OutageTests {
    @Test("a queue that fails at once is asked at most twenty times in ten seconds, and at once when it is back")
    func budget() async {
        let queue = ScriptedQueue()
        queue.failTakes(QueueFailure(.unreachable, "connection refused"))
        let bench = Bench(slots: 8, queue: queue)
        try? await Task.sleep(for: .seconds(2))
        // Waits double from 50 ms: two seconds hold at most a dozen of the twenty.
        #expect(queue.takes.count <= 14, "\(queue.takes.count) takes")
        queue.failTakes(nil)
        queue.offer("a")
        #expect(await eventually(timeout: .seconds(20)) { queue.results.count == 1 })
        _ = await bench.drained()
    }

    @Test(
        "a stop channel that always fails shuts no gate: jobs go on at full pace",
        arguments: [QueueFailure.Kind.status(404), .status(500), .garbage]
    )
    func noStopChannel(kind: QueueFailure.Kind) async {
        let queue = ScriptedQueue()
        queue.failStops(QueueFailure(kind, "no such route"))
        let bench = Bench(queue: queue)
        for index in 0..<50 { queue.offer("job-\(index)") }
        #expect(await eventually { queue.results.count == 50 })
        #expect(queue.stopPolls <= 5, "\(queue.stopPolls) questions")
        _ = await bench.drained()
    }
}
