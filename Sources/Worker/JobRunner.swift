import ColdStart
import Delivery
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
    let observer: JobObserver
    let engine: any Engine
    let policy: GenerationPolicy
    private let lane: EngineLane
    private let preload: [String]
    let logsContent: Bool
    private let warmUp: WarmUpReplay?
    private let fetchImages: ImageSource

    /// Fetches the pictures behind URLs, each once.
    public typealias ImageSource = @Sendable (Set<String>) async -> [String: Result<ImageData, any Error>]

    /// - Parameters:
    ///   - slots: generations that the engine runs side by side
    ///   - preload: models that are made ready before any job asks for them; none: the configured or only one
    ///   - warmUp: jobs to run before the first one; the observer does not hear of them
    ///   - observer: is told what became of jobs
    ///   - fetchImages: asked only where the policy allows URLs
    ///   - logsContent: whether inputs and outputs go to the log, at level debug
    public init(
        engine: any Engine,
        policy: GenerationPolicy,
        slots: Int,
        start: FirstStart,
        preload: [String] = [],
        warmUp: WarmUpFile? = nil,
        observer: JobObserver = JobObserver(),
        fetchImages: @escaping ImageSource = { _ in [:] },
        logsContent: Bool = false
    ) {
        self.engine = engine
        self.fetchImages = fetchImages
        self.observer = observer
        self.policy = policy
        self.preload = preload
        self.start = start
        self.logsContent = logsContent
        lane = EngineLane(capacity: slots)
        // With a lane of its own: the job that waits for the warm-up holds a place in ours.
        self.warmUp = warmUp.map { file in
            let aside = FirstStart(recorder: StartRecorder())
            let runner = JobRunner(engine: engine, policy: policy, slots: 1, start: aside, logsContent: logsContent)
            return WarmUpReplay(file) { job, logger in await runner.runAlone(job, logger: logger) }
        }
    }

    /// Brings the engine up and warms it up before any job asks for it.
    func makeReady(logger: Logger) async throws(EngineFailure) {
        start.booted()
        // One after the other: side by side they would share the storage, and the first to be ready would be last.
        for model in preload { _ = try await engine.ensureReady(model: model) }
        if preload.isEmpty { _ = try await engine.ensureReady(model: nil) }
        await warmUp?.finished(on: start, logger: logger)
    }

    /// Ends what would go on without jobs.
    func end() {
        warmUp?.cancel()
    }

    /// Asks the engine whether it is still what it was before a snapshot.
    func verifyEngine(within deadline: Duration) async -> EngineVerdict {
        await start.phase("engine.check", attributes: { ["verdict": .string($0.description)] }) {
            await engine.verify(deadline: deadline)
        }
    }

    /// Runs a job without a queue: its answer goes to the caller alone.
    public func runAlone(_ job: Job, logger: Logger) async -> Outcome {
        let outcome = await run(job, takenAt: .now, courier: .toNobody(), logger: logger)
        start.finished(job.id)
        return outcome
    }

    func run(
        _ job: Job,
        takenAt: ContinuousClock.Instant,
        courier: ChunkCourier,
        progress: ProgressCourier? = nil,
        logger: Logger
    ) async -> Outcome {
        start.booted()
        if logsContent { logger.debug("input: \(job.input)") }
        let timings = JobTimings(taken: takenAt, started: .now)
        let request: JobRequest
        let encoding: OutputEncoding
        do {
            request = try JobRequest(parsing: job.input, policy: policy)
            encoding = try OutputEncoding(of: job.input)
        } catch {
            logger.info("refused: \(error)")
            observer.jobEnded(JobReport(outcome: .refused, queueWait: timings.taken.duration(to: timings.started)))
            return .answered(JobFailure(error).result(of: job, isStream: job.asksForStream))
        }
        logger.info("started")
        let run = generationRun(job.id, .queue(courier), progress, timings, logger)
        let outcome = await outcome(of: request, as: encoding, job, run)
        start.answered(job.id)
        observer.jobEnded(JobReport(outcome, timings))
        if case .answered(let result) = outcome {
            if logsContent, let output = result.output { logger.debug("output: \(output)") }
            let took = takenAt.duration(to: .now).milliseconds
            logger.info("\(result.error.map { "failed after \(took) ms: \($0)" } ?? "finished in \(took) ms")")
        }
        return outcome
    }

    func generationRun(
        _ id: String,
        _ reader: Reader,
        _ progress: ProgressCourier?,
        _ timings: JobTimings,
        _ logger: Logger
    ) -> GenerationRun {
        GenerationRun(
            job: id,
            engine: engine,
            lane: lane,
            start: start,
            reader: reader,
            progress: progress,
            warmUp: warmUp,
            timings: timings,
            observer: observer,
            logger: logger
        )
    }

    private func outcome(
        of request: JobRequest,
        as encoding: OutputEncoding,
        _ job: Job,
        _ run: GenerationRun
    ) async -> Outcome {
        do {
            let result = try await withTimeLimit(job.executionTimeout) { try await answer(request, run) }
            return .answered(try await result.encoded(as: encoding))
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

    private func images(of request: JobRequest) async -> [String: Result<ImageData, any Error>] {
        let urls = Set(request.attachments.map(\.url))
        return urls.isEmpty ? [:] : await fetchImages(urls)
    }

    func answer(_ request: JobRequest, _ run: GenerationRun) async throws -> JobResult {
        let images = await images(of: request)
        // An interrupted fetch is the worker's matter, not a mistake in the input.
        try Task.checkCancellation()
        switch try request.resolving(images) {
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
        let readiness = try await run.engineReady(with: model)
        return [
            "ready": true,
            "model": .string(readiness.model),
            "start_kind": .string(start.kind(for: run.job, waited: readiness.waited).rawValue),
            "start": start.timeline.json,
        ]
    }
}

extension JobResult {
    /// In the form that the job asked for; an error stays as it is.
    fileprivate func encoded(as encoding: OutputEncoding) async throws -> JobResult {
        guard encoding != .plain, let output else { return self }
        var result = self
        result.output = try await onOwnThread { Result { try encoding.encode(output) } }.get()
        return result
    }
}

extension JobRequest {
    /// Whether the client reads chunks: its result says so, also when there were none.
    var streams: Bool {
        guard case .generation(let generation) = self else { return false }
        return generation.streams
    }
}
