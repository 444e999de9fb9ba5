import Generation
import JSON
import Jobs
import Logging

/// Why a visitor has no answer, and whether any other will get one.
struct VisitFailure: Error {
    let failure: InferenceFailure
    let engineGaveUp: Bool
    /// The engine could not be started or the model not be loaded.
    let startFailed: Bool

    var description: String { failure.description }
}

// A request over our own port: as a job, but for its way here and back.

extension JobRunner {
    func answer(
        _ request: InferenceRequest,
        takenAt: ContinuousClock.Instant,
        reader: Reader,
        logger: Logger
    ) async -> Result<JSON, VisitFailure> {
        start.booted()
        if logsContent { logger.debug("input: \(request.input)") }
        let timings = JobTimings(taken: takenAt, started: .now)
        let queueWait = timings.taken.duration(to: timings.started)
        let parsed: JobRequest
        do {
            parsed = try JobRequest(answering: request.input, policy: policy)
        } catch {
            logger.info("refused: \(error)")
            observer.jobEnded(JobReport(outcome: .refused, queueWait: queueWait))
            return .failure(VisitFailure(error))
        }
        logger.info("started")
        let result: Result<JobResult, any Error>
        do {
            result = .success(try await answer(parsed, generationRun(request.id, reader, nil, timings, logger)))
        } catch {
            result = .failure(error)
        }
        // Asked once: a client may leave at any time, and log, figures and start are to say the same of it.
        let hasLeft =
            if case .failure(let error) = result { Task.isCancelled || error is CancellationError } else { false }
        if hasLeft {
            start.abandoned(request.id)
        } else {
            start.answered(request.id)
            start.finished(request.id)
        }
        let took = takenAt.duration(to: .now).milliseconds
        switch result {
        case .success(let result):
            observer.jobEnded(JobReport(outcome: result.error == nil ? .completed : .failed, queueWait: queueWait))
            logger.info("\(result.error.map { "failed after \(took) ms: \($0)" } ?? "finished in \(took) ms")")
            if let error = result.error { return .failure(VisitFailure(InferenceFailure(500, error))) }
            if logsContent, let output = result.output { logger.debug("output: \(output)") }
            return .success(result.output ?? .object([:]))
        case .failure where hasLeft:
            observer.jobEnded(JobReport(outcome: .cancelled, queueWait: queueWait))
            logger.info("cancelled after \(took) ms")
            return .failure(VisitFailure(.clientLeft))
        case .failure(let error):
            observer.jobEnded(JobReport(outcome: .failed, queueWait: queueWait))
            logger.info("failed after \(took) ms: \(error)")
            return .failure(VisitFailure(error))
        }
    }
}

extension VisitFailure {
    init(_ failure: InferenceFailure) {
        self.init(failure: failure, engineGaveUp: false, startFailed: false)
    }

    /// Sorts whatever ended a request by whose matter it is.
    init(_ error: any Error) {
        let cause = JobFailure(error)
        let kind = (error as? EngineFailure)?.kind
        switch kind {
        case .unavailable, .gaveUp, .cancelled:
            // Another worker may do better.
            failure = InferenceFailure(503, cause.message, retryAfter: 5)
        default:
            failure = InferenceFailure(cause.status, cause.message)
        }
        engineGaveUp = kind == .gaveUp
        startFailed = kind == .unavailable
    }
}
