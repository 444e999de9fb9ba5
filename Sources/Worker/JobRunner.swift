import ColdStart
public import Generation
import JSON
public import Jobs
public import Logging
import Support

/// Carries one job from its input to its result. Knows the engine, not the queue.
public struct JobRunner: Sendable {
    /// How a run ended.
    public enum Outcome: Sendable {
        /// With a result, good or bad.
        case answered(JobResult)
        /// With an error, because the engine cannot be kept alive.
        case engineGaveUp(JobResult)
        /// Interrupted: by the queue, or because the worker ends.
        case cancelled(isStream: Bool)
    }

    let start: FirstStart
    private let engine: any Engine
    private let policy: GenerationPolicy
    private let lane: EngineLane
    private let logsContent: Bool

    /// - Parameters:
    ///   - slots: generations that the engine runs side by side
    ///   - logsContent: whether inputs and outputs go to the log, at level debug
    public init(
        engine: any Engine,
        policy: GenerationPolicy,
        slots: Int,
        start: FirstStart,
        logsContent: Bool = false
    ) {
        self.engine = engine
        self.policy = policy
        self.start = start
        self.logsContent = logsContent
        lane = EngineLane(capacity: slots)
    }

    /// Brings the engine up before any job asks for it.
    func makeReady() async throws(EngineFailure) {
        start.booted()
        _ = try await engine.ensureReady(model: nil)
    }

    /// Runs a job without a queue: its answer goes to the caller alone.
    public func runAlone(_ job: Job, logger: Logger) async -> Outcome {
        let outcome = await run(job, takenAt: .now, courier: ChunkCourier { _ in true }, logger: logger)
        start.finished(job.id)
        return outcome
    }

    func run(
        _ job: Job,
        takenAt: ContinuousClock.Instant,
        courier: ChunkCourier,
        logger: Logger
    ) async -> Outcome {
        start.booted()
        if logsContent { logger.debug("input: \(job.input)") }
        let request: JobRequest
        do {
            request = try JobRequest(parsing: job.input, policy: policy)
        } catch {
            logger.info("refused: \(error)")
            return .answered(JobFailure(error).result(of: job, isStream: job.asksForStream))
        }
        logger.info("started")
        let run = GenerationRun(
            job: job.id,
            engine: engine,
            lane: lane,
            start: start,
            courier: courier,
            timings: JobTimings(taken: takenAt, started: .now),
            logger: logger
        )
        let outcome = await outcome(of: request, job, run)
        start.answered(job.id)
        if case .answered(let result) = outcome {
            if logsContent, let output = result.output { logger.debug("output: \(output)") }
            let took = takenAt.duration(to: .now).milliseconds
            logger.info("\(result.error.map { "failed after \(took) ms: \($0)" } ?? "finished in \(took) ms")")
        }
        return outcome
    }

    private func outcome(of request: JobRequest, _ job: Job, _ run: GenerationRun) async -> Outcome {
        do {
            return .answered(try await withTimeLimit(job.executionTimeout) { try await answer(request, run) })
        } catch is CancellationError {
            return .cancelled(isStream: request.streams)
        } catch {
            let failure = JobFailure(error)
            let result = failure.result(of: job, isStream: request.streams)
            switch (error as? EngineFailure)?.kind {
            case .gaveUp: return .engineGaveUp(result)
            case .cancelled: return .cancelled(isStream: request.streams)
            default: return .answered(result)
            }
        }
    }

    private func answer(_ request: JobRequest, _ run: GenerationRun) async throws -> JobResult {
        switch request {
        case .generation(let generation):
            return JobResult(handlerOutput: try await run.answer(generation), isStream: generation.streams)
        case .batch(let generations):
            return JobResult(handlerOutput: JobRequest.output(ofBatch: try await answers(generations, run)))
        case .warmup(let model):
            return JobResult(output: try await warmUp(model, run))
        case .models:
            return JobResult(output: try await run.models())
        }
    }

    /// Side by side, answered in order; a failed one fails in its place, unless there is no engine for any of them.
    private func answers(
        _ generations: [Result<Generation, InputError>],
        _ run: GenerationRun
    ) async throws -> [Result<JSON, any Error>] {
        try await withThrowingTaskGroup(of: (Int, Result<JSON, any Error>).self) { group in
            for (index, generation) in generations.enumerated() {
                group.addTask {
                    do {
                        return (index, .success(try await run.answer(generation.get(), streams: false)))
                    } catch let failure as EngineFailure where failure.kind == .gaveUp || failure.kind == .cancelled {
                        throw failure
                    } catch is CancellationError {
                        throw CancellationError()
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var answers: [Int: Result<JSON, any Error>] = [:]
            for try await (index, answer) in group { answers[index] = answer }
            return answers.sorted { $0.key < $1.key }.map(\.value)
        }
    }

    private func warmUp(_ model: String?, _ run: GenerationRun) async throws -> JSON {
        start.engineNeeded(by: run.job, takenAt: run.timings.taken)
        let readiness = try await engine.ensureReady(model: model)
        return [
            "ready": true,
            "model": .string(readiness.model),
            "start_kind": readiness.waited ? "cold" : "warm",
            "start": start.timeline.json,
        ]
    }
}

extension JobRequest {
    /// Whether the client reads chunks: its result says so, also when there were none.
    var streams: Bool {
        guard case .generation(let generation) = self else { return false }
        return generation.streams
    }
}
