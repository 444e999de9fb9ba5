import ColdStart
import Generation
import JSON
import Jobs
import Logging
import Support
import TestSupport
import Testing

@testable import Worker

/// Takes down what an observer is told.
private final class Notebook: Sendable {
    private struct Notes {
        var jobs: [JobReport] = []
        var generations: [GenerationReport] = []
        var slots: [String] = []
        var waiting: [Int] = []
    }

    private let notes = Lock(Notes())

    var jobs: [JobReport] { notes.withLock { $0.jobs } }
    var generations: [GenerationReport] { notes.withLock { $0.generations } }
    var slots: [String] { notes.withLock { $0.slots } }

    var waiting: [Int] { notes.withLock { $0.waiting } }

    var observer: JobObserver {
        JobObserver(
            jobEnded: { report in self.notes.withLock { $0.jobs.append(report) } },
            generationEnded: { report in self.notes.withLock { $0.generations.append(report) } },
            slotsChanged: { busy, free, _ in self.notes.withLock { $0.slots.append("\(busy)+\(free)") } },
            resultsWaiting: { count in self.notes.withLock { $0.waiting.append(count) } }
        )
    }

    func runner(_ engine: some Engine, slots: Int = 1) -> JobRunner {
        JobRunner(
            engine: engine,
            policy: GenerationPolicy(),
            slots: slots,
            start: FirstStart(recorder: StartRecorder()),
            observer: observer
        )
    }
}

private let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite("what an observer is told", .timeLimit(.minutes(2)))
struct ObserverTests {
    @Test(
        "each job's end, once, by its outcome",
        arguments: [
            (["prompt": "words 3"], .completed), (["prompt": 7], .refused), (["prompt": "giveUp"], .failed),
            (["prompt": "kill"], .failed),
        ] as [(JSON, JobReport.Outcome)]
    )
    func outcomes(input: JSON, outcome: JobReport.Outcome) async {
        let notebook = Notebook()
        let job = Job(id: "a", input: input)
        _ = await notebook.runner(ScriptedEngine()).runAlone(job, logger: silent)
        #expect(notebook.jobs.map(\.outcome) == [outcome])
        #expect(notebook.generations.count == (outcome == .completed ? 1 : 0))
    }

    @Test("a job that is stopped is cancelled, not failed")
    func cancelled() async {
        let notebook = Notebook()
        let runner = notebook.runner(ScriptedEngine())
        let run = Task { await runner.runAlone(Job(id: "a", input: ["prompt": "hang"]), logger: silent) }
        run.cancel()
        _ = await run.value
        #expect(notebook.jobs.map(\.outcome) == [.cancelled])
    }

    @Test("each answer of a job of many")
    func batch() async {
        let notebook = Notebook()
        let job = Job(id: "a", input: ["prompts": ["words 1", "words 2", "words 3"]])
        _ = await notebook.runner(ScriptedEngine(), slots: 2).runAlone(job, logger: silent)
        #expect(notebook.jobs.count == 1)
        #expect(notebook.generations.count == 3)
    }

    @Test("a slot that is taken and one that is freed, and an item of the queue that is no job")
    func worker() async {
        let notebook = Notebook()
        let queue = ScriptedQueue()
        let engine = ScriptedEngine()
        let worker = Worker(
            queue: queue,
            runner: notebook.runner(engine, slots: 2),
            configuration: WorkerConfiguration(slots: 2),
            logger: silent
        )
        let run = Task { await worker.run() }
        queue.offer("a", input: ["prompt": "hold"])
        #expect(await eventually { engine.holding == 1 })
        #expect(notebook.slots.last == "1+1")
        engine.release()
        #expect(await eventually { queue.results.count == 1 })
        #expect(await eventually { notebook.slots.last == "0+2" })
        #expect(notebook.slots.first == "0+2")
        #expect(await eventually { notebook.waiting == [1, 0] }, "its result waited until the queue had it")
        await worker.drain()
        _ = await run.value
    }
}

@Suite("the figures of an answer")
struct GenerationReportTests {
    private static let taken = ContinuousClock.now

    private func report(_ answer: JSON, firstToken: Duration? = .seconds(2), end: Duration = .seconds(4))
        -> GenerationReport
    {
        var timings = JobTimings(taken: Self.taken, started: Self.taken + .seconds(1))
        timings.firstToken = firstToken.map { Self.taken + $0 }
        return GenerationReport(answer, timings, at: Self.taken + end)
    }

    @Test(
        "tokens are counted in every shape of an answer",
        arguments: [
            (["prompt_eval_count": 7, "eval_count": 21], 7, 21),
            (["usage": ["prompt_tokens": 7, "completion_tokens": 21, "total_tokens": 28]], 7, 21),
            (["usage": ["input_tokens": 7, "output_tokens": 21]], 7, 21),
            (["usage": ["prompt_tokens": 7, "total_tokens": 7]], 7, nil),
            (["usage": .null], nil, nil), ([], nil, nil), (["eval_count": "many"], nil, nil),
            (["eval_count": -1, "prompt_eval_count": 1e300], nil, nil),
        ] as [(JSON, Int?, Int?)]
    )
    func tokens(answer: JSON, prompt: Int?, completion: Int?) {
        let report = report(answer)
        #expect(report.promptTokens == prompt)
        #expect(report.completionTokens == completion)
    }

    @Test("the first token is the beginning of the writing, not a part of it")
    func rate() {
        let report = report(["eval_count": 21])
        #expect(report.timeToFirstToken == .seconds(2))
        #expect(report.tokensPerSecond == 10)
    }

    @Test("what was not written token by token has no rate")
    func noRate() {
        #expect(report(["eval_count": 21], end: .seconds(2)).tokensPerSecond == nil)
        #expect(report(["eval_count": 1]).tokensPerSecond == nil)
        #expect(report(["eval_count": 21], firstToken: nil).tokensPerSecond == nil)
        #expect(report(["prompt_eval_count": 5]).timeToFirstToken == nil, "an embedding has no tokens")
    }
}
