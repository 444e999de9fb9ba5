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

    /// Posts a chunk. A failed one is sent again, never skipped: a gap in a client's text has no error message.
    /// Returns false when cancelled or given up.
    func send(_ chunk: JSON, of jobID: String, logger: Logger) async -> Bool {
        await persist("a chunk", logger: logger) { () async throws(QueueFailure) in
            try await queue.stream(chunk, of: jobID)
        }
    }

    /// Posts a result. Returns false when cancelled or given up.
    func send(_ result: JobResult, of jobID: String, logger: Logger) async -> Bool {
        await persist("the result", logger: logger) { () async throws(QueueFailure) in
            try await queue.finish(result, of: jobID)
        }
    }

    private func persist(
        _ what: String,
        logger: Logger,
        _ attempt: () async throws(QueueFailure) -> Void
    ) async -> Bool {
        var plan = DeliveryPlan(until: .now + persistence)
        var generator = SystemRandomNumberGenerator()
        while let ticket = try? await gate.pass(.result) {
            do {
                try await attempt()
                gate.succeeded()
                return true
            } catch {
                guard !Task.isCancelled else { return false }
                gate.failed(ticket, error, of: .result)
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
