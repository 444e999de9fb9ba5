import Generation
import JSON
import Jobs
import Logging
import Support

/// One job's way through the engine: waits for it, reads its events, and is run again alone after a crash.
struct GenerationRun: Sendable {
    let job: String
    let engine: any Engine
    let lane: EngineLane
    let start: FirstStart
    let reader: Reader
    /// Nil: nobody asks how far the job is.
    let progress: ProgressCourier?
    /// Nil: no other jobs come first.
    let warmUp: WarmUpReplay?
    let timings: JobTimings
    let observer: JobObserver
    let logger: Logger

    /// The answer to one generation, decorated with what the worker has to say.
    ///
    /// - Parameter streams: false where many answers share a job, which has one stream only
    func answer(_ generation: Generation, streams: Bool? = nil) async throws -> JSON {
        let streams = streams ?? generation.streams
        var verdict = CrashVerdict()
        return try await lane.run {
            try await attempt(generation, streams: streams)
        } again: { error in
            guard let failure = error as? EngineFailure, failure.kind == .died || failure.kind == .stalled else {
                throw error
            }
            try Task.checkCancellation()
            switch verdict.engineFailed(hasOutput: streams && reader.detach()) {
            case .rerunAlone:
                logger.warning("\(failure); the job is run once more, alone")
            case .failStream:
                throw GenerationFailure("\(failure); part of the answer had been sent, so it was not begun again")
            case .convict:
                if lane.convicts(job) {
                    await engine.pardonLastFailure()
                } else {
                    logger.warning("job after job kills the engine: its deaths count as its own again")
                }
                throw GenerationFailure(
                    "\(failure), twice, the second time with no other job beside it; not tried again"
                )
            }
        }
    }

    /// The engine's own list of models, in OpenAI's shape.
    func models() async throws -> JSON {
        _ = try await engineReady(with: nil)
        var builder = AnswerBuilder(shape: .whole, streams: false)
        for try await event in try await engine.events(of: .models) { try builder.append(event) }
        return try builder.finish()
    }

    /// The engine with its model in memory, warmed up; meanwhile the client is told how far that is.
    func engineReady(with model: String?) async throws -> Readiness {
        start.engineNeeded(by: job, takenAt: timings.taken)
        let readiness = try await wait { try await engine.ensureReady(model: model) }
        await warmUp?.finished(on: start, logger: logger)
        try Task.checkCancellation()
        start.engineReady(for: job)
        return readiness
    }

    private func wait(_ body: () async throws -> Readiness) async throws -> Readiness {
        guard let progress else { return try await body() }
        return try await progress.during({ [engine] in await engine.loadProgress() }, body)
    }

    private func attempt(_ generation: Generation, streams: Bool) async throws -> JSON {
        var timings = timings
        let readiness = try await engineReady(with: generation.model)
        if let asked = generation.context, let held = readiness.context, asked > held {
            throw GenerationFailure(
                "The job's num_ctx is \(asked), and the memory of this worker holds a context of \(held): ask for less"
            )
        }
        timings.ready = .now
        timings.startKind = start.kind(for: job, waited: readiness.waited)

        // A client at our own port gets the events themselves, not chunks made of them.
        let builder = Lock(AnswerBuilder(shape: generation.shape, streams: streams && reader.takesChunks))
        if streams, case .queue(let courier) = reader { courier.attach { builder.withLock { $0.takeChunk() } } }
        let events = try await engine.events(of: generation.call(model: readiness.model))
        try await withTaskExecutorPreference(StreamExecutor.current) {
            for try await event in events {
                if timings.firstToken == nil, event != .alive {
                    timings.firstToken = .now
                    start.firstToken(of: job)
                }
                try builder.withLock { builder throws(AnswerError) in try builder.append(event) }
                if streams { try await reader.take(event) }
            }
        }
        // A cancelled task's stream of events just ends: that is no cut answer.
        try Task.checkCancellation()
        let answer = try builder.withLock { builder throws(AnswerError) in try builder.finish() }
        observer.generationEnded(GenerationReport(answer, timings, at: .now))
        return generation.output(of: answer, timings: timings.members(at: .now))
    }
}

/// A generation that failed for good: the job's error, for its client.
struct GenerationFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
