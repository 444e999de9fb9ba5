import ColdStart
import Delivery
import Generation
import JSON
import Jobs
import Logging
import Support

@testable import Worker

/// A worker between a scripted queue and a scripted engine.
struct Bench {
    let queue: ScriptedQueue
    let engine: ScriptedEngine
    let start: FirstStart
    let worker: Worker
    let run: Task<Worker.Outcome, Never>
    /// The timelines of the starts that are over.
    private let finished = Lock<[Timeline]>([])

    init(
        slots: Int = 1,
        lineLength: Int = 64,
        queue: ScriptedQueue = ScriptedQueue(),
        engine: ScriptedEngine = ScriptedEngine(),
        startsEagerly: Bool = false,
        warmUp: WarmUpFile? = nil,
        outbox: Outbox? = nil,
        bigResults: BigResults? = nil,
        policy: GenerationPolicy = GenerationPolicy(),
        fetchImages: @escaping JobRunner.ImageSource = { _ in [:] },
        restores: RestorePlan? = nil,
        backlog: Backlog.Limits = Backlog.Limits(),
        drainTime: Duration = .seconds(60),
        deliveryGrace: Duration = .seconds(60),
        progressInterval: Duration = .milliseconds(5)
    ) {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let finished = finished
        start = FirstStart(recorder: StartRecorder()) { timeline in finished.withLock { $0.append(timeline) } }
        let runner = JobRunner(
            engine: engine,
            policy: policy,
            slots: slots,
            start: start,
            warmUp: warmUp,
            fetchImages: fetchImages
        )
        let worker = Worker(
            queue: queue,
            runner: runner,
            configuration: WorkerConfiguration(
                slots: slots,
                lineLength: lineLength,
                startsEagerly: startsEagerly,
                heartbeatInterval: .milliseconds(50),
                drainTime: drainTime,
                deliveryGrace: deliveryGrace,
                backlog: backlog,
                progressInterval: progressInterval
            ),
            outbox: outbox,
            bigResults: bigResults,
            restores: restores,
            logger: logger
        )
        self.queue = queue
        self.engine = engine
        self.worker = worker
        run = Task { await worker.run() }
    }

    var timelines: [Timeline] { finished.withLock { $0 } }

    func drained() async -> Worker.Outcome {
        await worker.drain()
        return await run.value
    }
}

/// The text of a native answer or chunk.
func text(_ output: JSON?) -> String? { output?["response"]?.string }
