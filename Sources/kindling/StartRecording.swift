import ColdStart
import Engines
import JSON
import Logging
import Support
import Telemetry
import Worker

/// Writes this process's starts to the log: a line a phase, a summary, and for people the waterfall.
struct StartRecording {
    /// The worker's side of the first start.
    let first: FirstStart
    /// The engine's side: its first start is on the worker's timeline, later ones (after a crash, for another model) have
    /// timelines of their own.
    let engineStarts: StartLog

    init(logger: Logger, environment: [String: String], forPeople: Bool) {
        let facts = StartOrigin.facts(environment: environment)
        let (age, isContainer) = StartOrigin.age(facts)
        let now = ContinuousClock.now
        let executed = now - (facts.sinceThisProcess ?? .zero)
        let recorder = Self.recorder(origin: now - age, logger, forPeople)
        if isContainer { recorder.record("container", from: now - age, to: executed) }
        first = FirstStart(recorder: recorder, boot: recorder.begin("worker", at: executed)) { timeline in
            Self.report(timeline, logger, forPeople)
        }
        engineStarts = StartLog(
            recorder: { start in start == 1 ? recorder : Self.recorder(origin: .now, logger, forPeople) },
            finished: { start, recorder, _ in
                guard start > 1 else { return }
                recorder.finish()
                Self.report(recorder.snapshot(), logger, forPeople)
            }
        )
    }

    private static func recorder(origin: Instant, _ logger: Logger, _ forPeople: Bool) -> StartRecorder {
        StartRecorder(kind: .cold, origin: origin) { phase, parent in
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
