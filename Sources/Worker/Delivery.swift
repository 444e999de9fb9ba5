import JSON
import Jobs
import Logging
import Support

/// Brings chunks and results to the queue, again and again until it takes them.
struct Delivery: Sendable {
    let queue: any JobQueue
    let gate: Gatekeeper
    /// How long one chunk or result is offered before it is given up.
    let persistence: Duration

    /// So often in a row may a queue that is up refuse a chunk, before the job does without them: its result holds them
    /// all, and would else wait behind a chunk that will never be taken.
    private static let chunkRefusals = 6

    /// Posts a chunk. A failed one is sent again, never skipped: a gap in a client's text has no error message.
    /// Returns false when cancelled or given up.
    func send(_ chunk: JSON, of jobID: String, logger: Logger) async -> Bool {
        await persist("a chunk", refusals: Self.chunkRefusals, logger: logger) { () async throws(QueueFailure) in
            try await queue.stream(chunk, of: jobID)
        }
    }

    /// Posts a result. Returns false when cancelled or given up.
    func send(_ result: JobResult, of jobID: String, logger: Logger) async -> Bool {
        await persist("the result", refusals: nil, logger: logger) { () async throws(QueueFailure) in
            try await queue.finish(result, of: jobID)
        }
    }

    /// Posts a job's progress, once: what could not be told is history by the next time.
    func tell(_ progress: JSON, of jobID: String, logger: Logger) async {
        guard let ticket = gate.passIfOpen() else { return }
        do throws(QueueFailure) {
            try await queue.progress(progress, of: jobID)
            gate.succeeded()
        } catch {
            gate.failed(ticket, error, of: .result)
            logger.debug("progress was not told: \(error)")
        }
    }

    private func persist(
        _ what: String,
        refusals limit: Int?,
        logger: Logger,
        _ attempt: () async throws(QueueFailure) -> Void
    ) async -> Bool {
        var plan = DeliveryPlan(until: .now + persistence)
        var generator = SystemRandomNumberGenerator()
        var refusals = 0
        while let ticket = try? await gate.pass(.result) {
            do {
                try await attempt()
                gate.succeeded()
                return true
            } catch {
                guard !Task.isCancelled else { return false }
                gate.failed(ticket, error, of: .result)
                refusals = error.isOutage(of: .result) ? 0 : refusals + 1
                if let limit, refusals >= limit {
                    logger.error("the queue refused \(what) \(refusals) times: \(error)")
                    return false
                }
                guard case .retry(let wait) = plan.failed(at: .now, using: &generator) else {
                    logger.error("gave up delivering \(what) after \(persistence.milliseconds / 1000) s: \(error)")
                    return false
                }
                logger.debug("\(what) was not delivered: \(error); again in \(wait.milliseconds) ms")
                try? await Task.sleep(for: wait)
            }
        }
        return false
    }
}
