import Dispatch
import JSON
import Jobs
import Support
import TestSupport
import Testing

@testable import Worker

private func request(_ prompt: String, streams: Bool = false) -> InferenceRequest {
    InferenceRequest(
        id: "req-\(prompt)",
        input: .native(.generate, ["prompt": .string(prompt), "stream": .bool(streams)])
    )
}

/// What a client has read.
private final class Client: Sendable {
    private let texts = Lock<[String]>([])

    var all: [String] { texts.withLock { $0 } }

    @Sendable func read(_ event: EngineEvent) {
        guard case .object(let object) = event, let text = object["response"]?.string else { return }
        texts.withLock { $0.append(text) }
    }
}

/// The thread that writes to a client.
private final class ClientThread: TaskExecutor {
    private static let key = DispatchSpecificKey<Bool>()
    private let queue = DispatchQueue(label: "client")

    static var isCurrent: Bool { DispatchQueue.getSpecific(key: key) ?? false }

    init() {
        queue.setSpecific(key: Self.key, value: true)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

extension Bench {
    fileprivate func answer(_ request: InferenceRequest, to client: Client = Client()) async -> Result<
        JSON, InferenceFailure
    > {
        do throws(InferenceFailure) {
            return .success(try await worker.answer(request) { client.read($0) })
        } catch {
            return .failure(error)
        }
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}

@Suite("requests over our own port")
struct VisitTests {
    @Test("a stream's events come one by one and in order, and the whole answer at its end")
    func stream() async throws {
        let bench = Bench(slots: 2)
        let client = Client()
        let output = try await bench.answer(request("words 5", streams: true), to: client).get()
        #expect(client.all == ["w0 ", "w1 ", "w2 ", "w3 ", "w4 ", ""])
        #expect(text(output) == "w0 w1 w2 w3 w4 ")
        let silent = Client()
        _ = try await bench.answer(request("words 2"), to: silent).get()
        #expect(silent.all == [], "who does not stream gets the answer alone")
        #expect(await bench.drained() == .drained)
    }

    @Test("a stream's events are handed on where the client is written to, without another thread's waking")
    func clientThread() async throws {
        let bench = Bench()
        let places = Lock<[Bool]>([])
        let task = StreamExecutor.$current.withValue(ClientThread()) {
            Task {
                try await bench.worker.answer(request("words 3", streams: true)) { _ in
                    places.withLock { $0.append(ClientThread.isCurrent) }
                }
            }
        }
        _ = try await task.value
        #expect(places.withLock { $0 } == [true, true, true, true])
        #expect(await bench.drained() == .drained)
    }

    @Test("what a streaming client's leaving sets off does not run on its connection's thread")
    func nobodyElseOnTheClientThread() async throws {
        let bench = Bench()
        let visit = StreamExecutor.$current.withValue(ClientThread()) {
            Task { await bench.answer(request("hold", streams: true)) }
        }
        #expect(await eventually { bench.engine.holding == 1 })
        bench.queue.offer("job-1", input: ["prompt": "words 1"])
        bench.queue.offer("job-2", input: ["prompt": "words 2"])
        bench.engine.release()
        _ = await visit.value
        #expect(await eventually { bench.queue.results.count == 2 })
        #expect(bench.engine.promptsOnAStreamsThread == ["hold"])
        #expect(await bench.drained() == .drained)
    }

    @Test("bad input is the client's matter, names the field as it stands in the request, and never reaches the engine")
    func badInput() async {
        let bench = Bench()
        let failure = await bench.answer(
            InferenceRequest(id: "r", input: .openAI("/v1/chat/completions", ["messages": "hello"]))
        ).failure
        #expect(failure?.status == 400)
        #expect(failure?.description.contains("\"messages\"") == true, "\(failure?.description ?? "")")
        #expect(bench.engine.readyCalls == 0)
        _ = await bench.drained()
    }

    @Test("requests and jobs share the slots: never more at once, none forgotten")
    func sharedSlots() async {
        let bench = Bench(slots: 2)
        for job in 0..<6 { bench.queue.offer("job-\(job)", input: ["prompt": "words 3"]) }
        let answers = await withTaskGroup(of: Result<JSON, InferenceFailure>.self) { group in
            for visit in 0..<6 { group.addTask { await bench.answer(request("words \(visit + 1)")) } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.failure == nil })
        #expect(await eventually { bench.queue.results.count == 6 })
        #expect(bench.engine.peak <= 2)
        #expect(await bench.drained() == .drained)
    }

    @Test("a client that leaves ends its generation and frees the slot; one that leaves the line costs nobody anything")
    func clientLeaves() async {
        let bench = Bench()
        let first = Task { await bench.answer(request("hang")) }
        #expect(await eventually { bench.engine.attempts("hang") == 1 })
        let second = Task { await bench.answer(request("words 1")) }
        #expect(await eventually { await bench.worker.arbiter.visitorsWaiting == 1 })
        second.cancel()
        #expect(await second.value.failure?.status == 499)
        first.cancel()
        #expect(await first.value.failure?.status == 499)
        #expect(bench.engine.closedRequests == 1)
        #expect(await bench.answer(request("words 2")).failure == nil)
        #expect(bench.engine.attempts("words 1") == 0)
        _ = await bench.drained()
    }

    @Test("whenever a client leaves, its slot comes back", arguments: 0..<30)
    func leaveAnytime(yields: Int) async {
        let bench = Bench()
        let visit = Task { await bench.answer(request("hang")) }
        for _ in 0..<yields { await Task.yield() }
        visit.cancel()
        #expect(await visit.value.failure?.status == 499)
        #expect(await bench.answer(request("words 1")).failure == nil)
        #expect(await bench.drained() == .drained)
    }

    @Test("beyond the line's length: 429, with the seconds after which to come again")
    func fullLine() async {
        let bench = Bench(lineLength: 1)
        let held = Task { await bench.answer(request("hold")) }
        #expect(await eventually { bench.engine.holding == 1 })
        let waiting = Task { await bench.answer(request("words 1")) }
        #expect(await eventually { await bench.worker.arbiter.visitorsWaiting == 1 })
        let refused = await bench.answer(request("words 2")).failure
        #expect(refused?.status == 429)
        #expect((1...60).contains(refused?.retryAfter ?? 0))
        bench.engine.release()
        #expect(await held.value.failure == nil)
        #expect(await waiting.value.failure == nil)
        _ = await bench.drained()
    }

    @Test("draining finishes what runs and what waits, and lets nobody in")
    func drain() async {
        let bench = Bench()
        let held = Task { await bench.answer(request("hold")) }
        #expect(await eventually { bench.engine.holding == 1 })
        let waiting = Task { await bench.answer(request("words 1")) }
        #expect(await eventually { await bench.worker.arbiter.visitorsWaiting == 1 })
        await bench.worker.drain()
        #expect(await bench.worker.condition == .draining)
        let late = await bench.answer(request("words 2")).failure
        #expect(late?.status == 503)
        bench.engine.release()
        #expect(await held.value.failure == nil)
        #expect(await waiting.value.failure == nil)
        #expect(await bench.run.value == .drained)
    }

    @Test("at the end of the drain's time what runs or waits is told so, with 503")
    func deadline() async {
        let bench = Bench(drainTime: .zero)
        let running = Task { await bench.answer(request("hang")) }
        #expect(await eventually { bench.engine.attempts("hang") == 1 })
        let waiting = Task { await bench.answer(request("words 1")) }
        #expect(await eventually { await bench.worker.arbiter.visitorsWaiting == 1 })
        #expect(await bench.drained() == .drained)
        for failure in [await running.value.failure, await waiting.value.failure] {
            #expect(failure?.status == 503)
            #expect(failure?.description.contains("interrupted") == true)
        }
    }

    @Test(
        "an engine that dies before the first event: the request is run once more, unseen; after it: an error, no rerun"
    )
    func engineDies() async throws {
        let bench = Bench()
        let client = Client()
        #expect(text(try await bench.answer(request("killOnce", streams: true), to: client).get()) == "w0 ")
        #expect(client.all == ["w0 ", ""])
        let cut = Client()
        let failure = await bench.answer(request("killAfter 3", streams: true), to: cut).failure
        #expect(failure?.status == 500)
        #expect(cut.all == ["w ", "w ", "w "])
        #expect(bench.engine.attempts("killAfter 3") == 1)
        _ = await bench.drained()
    }

    @Test("an engine that cannot be kept alive: 503, and the worker ends with the cause")
    func gaveUp() async {
        let bench = Bench()
        let failure = await bench.answer(request("giveUp")).failure
        #expect(failure?.status == 503)
        guard case .engineGaveUp = await bench.run.value else { return #expect(Bool(false), "it should have ended") }
        guard case .failed = await bench.worker.condition else { return #expect(Bool(false), "it has failed") }
    }

    @Test("an eager worker is starting until its model answers, and lets requests wait; a lazy one is ready at once")
    func condition() async {
        let engine = ScriptedEngine()
        engine.cool(LoadProgress(phase: "weights", fraction: 0.5))
        let eager = Bench(engine: engine, startsEagerly: true)
        #expect(await eventually { engine.readyCalls == 1 })
        #expect(await eager.worker.condition == .starting)
        #expect(await eager.worker.loadProgress()?.fraction == 0.5)
        let early = Task { await eager.answer(request("words 1")) }
        #expect(await eventually { engine.readyCalls == 2 })
        engine.warm()
        #expect(await early.value.failure == nil)
        #expect(await eventually { await eager.worker.condition == .ready })
        _ = await eager.drained()
        let lazy = Bench()
        #expect(await lazy.worker.condition == .ready)
        _ = await lazy.drained()
    }

    @Test(
        "a start that failed is tried again by itself: whoever goes by health sends nobody meanwhile",
        arguments: [true, false]
    )
    func retriedStart(isEager: Bool) async {
        let engine = ScriptedEngine()
        engine.failStarts(isEager ? 2 : 1)
        let bench = Bench(engine: engine, startsEagerly: isEager)
        if !isEager { #expect(await bench.answer(request("words 1")).failure?.status == 503) }
        #expect(await eventually { await bench.worker.condition == .failed("no engine today") })
        #expect(await eventually { await bench.worker.condition == .ready })
        #expect(engine.readyCalls == (isEager ? 3 : 2))
        #expect(await bench.drained() == .drained)
    }

    @Test("a model that cannot be loaded is the matter of those who name it: the worker stays ready")
    func unloadable() async {
        let engine = ScriptedEngine()
        engine.failStarts(1, as: .unloadable)
        let bench = Bench(engine: engine)
        let failure = await bench.answer(request("words 1")).failure
        #expect(failure?.status == 500 && failure?.retryAfter == nil)
        #expect(await bench.worker.condition == .ready)
        #expect(await bench.answer(request("words 1")).failure == nil)
        #expect(engine.readyCalls == 2, "and nobody tries it again by himself")
        #expect(await bench.drained() == .drained)
    }

    @Test("a worker that drains tries no start again")
    func noRetryWhileDraining() async {
        let engine = ScriptedEngine()
        engine.failStarts(1000)
        let bench = Bench(engine: engine, startsEagerly: true)
        #expect(await eventually { await bench.worker.condition == .failed("no engine today") })
        #expect(await bench.drained() == .drained)
        let calls = engine.readyCalls
        try? await Task.sleep(for: .milliseconds(1500))
        #expect(engine.readyCalls == calls)
    }

    @Test("a name that the worker is served under means its own model, any other is that model's")
    func servedName() async throws {
        let bench = Bench(policy: .init(servedNames: ["my-service"]))
        let own = InferenceRequest(id: "a", input: .native(.generate, ["model": "my-service", "prompt": "words 1"]))
        _ = try await bench.answer(own).get()
        #expect(bench.engine.models.last == .some(nil))
        let other = InferenceRequest(id: "b", input: .native(.generate, ["model": "other", "prompt": "words 1"]))
        _ = try await bench.answer(other).get()
        #expect(bench.engine.models.last == "other")
        _ = await bench.drained()
    }

    @Test("a worker without a queue serves its port and drains like any other")
    func noQueue() async {
        let queue = NoQueue()
        let poll = Task { () async -> QueueFailure? in
            do throws(QueueFailure) {
                _ = try await queue.take(upTo: 1, jobInProgress: false)
                return nil
            } catch {
                return error
            }
        }
        poll.cancel()
        #expect(await poll.value?.kind == .cancelled)
    }
}

@Suite("when to come again")
struct ServiceTimeTests {
    @Test("as long as the line takes at the pace of late, 1 to 60 s")
    func wait() {
        var times = ServiceTime()
        #expect(times.wait(behind: 0, slots: 1) == 1)
        times.note(.seconds(10))
        #expect(times.wait(behind: 1, slots: 1) == 20)
        #expect(times.wait(behind: 1, slots: 4) == 5)
        #expect(times.wait(behind: 1000, slots: 1) == 60)
        times.note(.zero)
        #expect(times.wait(behind: 0, slots: 1) == 8)
    }
}
