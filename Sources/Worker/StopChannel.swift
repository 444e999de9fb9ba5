import Jobs
import Logging
import Support

/// Waits at the queue for jobs to cancel.
struct StopChannel: Sendable {
    let queue: any JobQueue
    let gate: Gatekeeper
    let logger: Logger

    /// Listens until cancelled, or until it turns out that the queue has no such channel.
    /// - Parameter stop: cancels these jobs; returns how many of them were held
    func run(stop: @Sendable ([String]) async -> Int) async {
        var empty = EmptyAnswers()
        var backoff = Backoff(from: .seconds(2))
        var generator = SystemRandomNumberGenerator()
        while let ticket = try? await gate.pass(.stop) {
            let asked = ContinuousClock.now
            do {
                guard let ids = try await queue.jobsToStop() else {
                    return logger.warning("the take URL has no segment /job-take/: jobs cannot be cancelled")
                }
                gate.succeeded()
                backoff.reset()
                // A queue that repeats itself at once about jobs that are gone would make us spin.
                await stop(ids) > 0 ? empty.reset() : empty.empty(after: asked.duration(to: .now))
                if empty.delay > .zero { try? await Task.sleep(for: empty.delay) }
            } catch {
                gate.failed(ticket, error, of: .stop)
                guard error.kind != .timedOut, !Task.isCancelled else { continue }
                logger.debug("stop channel: \(error)")
                try? await Task.sleep(for: max(backoff.next(using: &generator), error.requestedWait ?? .zero))
            }
        }
    }
}
