import ColdStart
import Engines
import JSON
import Logging
import Support
import Telemetry
import Worker

/// Writes this process's starts to the log (a line a phase, a summary, and for people the waterfall) and hands them on to
/// the records and figures.
struct StartRecording {
    /// The worker's side of the first start.
    let first: FirstStart
    /// The engine's side: its first start is on the worker's timeline, later ones (after a crash, for another model) have
    /// timelines of their own.
    let engineStarts: StartLog

    /// - Parameters:
    ///   - restarted: is told that the engine is started again
    ///   - initialised: gets each initialisation of a model as it is over, with its error
    ///   - started: gets each start as it is over, its first result delivered or its error
    init(
        logger: Logger,
        facts: StartOrigin.Facts,
        forPeople: Bool,
        restarted: @escaping @Sendable () -> Void,
        initialised: @escaping @Sendable (Timeline, String?) -> Void,
        started: @escaping @Sendable (Timeline, String?) -> Void
    ) {
        let (age, isContainer) = StartOrigin.age(facts)
        let now = ContinuousClock.now
        let executed = now - (facts.sinceThisProcess ?? .zero)
        let recorder = Self.recorder(origin: now - age, logger, forPeople)
        if isContainer { recorder.record("container", from: now - age, to: executed) }
        // Why the engine did not come up on the worker's own start, until a later try answers its job after all.
        let failure = Lock<String?>(nil)
        let first = FirstStart(
            recorder: recorder,
            boot: recorder.begin("worker", at: executed),
            onFinish: { timeline in
                Self.report(timeline, logger, forPeople)
                let isAnswered = timeline.phases.contains { $0.name == "first_token" }
                started(timeline, isAnswered ? nil : failure.withLock { $0 })
            },
            recorderOfRestore: { Self.recorder(kind: .restored, origin: $0, logger, forPeople) }
        )
        self.first = first
        let own = Lock<[Int: StartRecorder]>([:])
        engineStarts = StartLog(
            recorder: { start in
                if let recorder = first.recorder(ofEngineStart: start) { return recorder }
                restarted()
                let recorder = Self.recorder(origin: .now, logger, forPeople)
                own.withLock { $0[start] = recorder }
                return recorder
            },
            finished: { start, recorder, error in
                initialised(recorder.snapshot(), error)
                guard own.withLock({ $0.removeValue(forKey: start) }) != nil else {
                    return failure.withLock { $0 = error }
                }
                recorder.finish()
                Self.report(recorder.snapshot(), logger, forPeople)
                started(recorder.snapshot(), error)
            }
        )
    }

    private static func recorder(
        kind: StartKind = .cold,
        origin: Instant,
        _ logger: Logger,
        _ forPeople: Bool
    ) -> StartRecorder {
        StartRecorder(kind: kind, origin: origin) { phase, parent in
            let line = phase.logForm(parent: parent)
            // The sentence says the other fields already.
            logger.info("\(line.message)", metadata: Logger.Metadata(forPeople ? phase.attributes : line.fields))
        }
    }

    /// The summary: for machines one line with the whole timeline, for people the picture of it.
    private static func report(_ timeline: Timeline, _ logger: Logger, _ forPeople: Bool) {
        let line = timeline.logForm
        guard forPeople else { return logger.info("\(line.message)", metadata: Logger.Metadata(line.fields)) }
        logger.info("\(line.message)")
        guard logger.logLevel <= .info else { return }
        let output = LogOutput.standardError
        let width = min(output.columns ?? 100, 160)
        let picture = Waterfall(timeline, width: width, style: output.isTerminal ? .colour : .plain).render()
        output.write("\n\(picture)\n\n")
    }
}
