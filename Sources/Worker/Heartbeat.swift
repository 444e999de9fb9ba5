import Jobs
import Logging
import Support

/// Tells the queue at a fixed beat that the worker lives and which jobs it holds.
///
/// It shares nothing with job work but the list of ids, and not even the outage gate: a beat that waits for others is
/// late, and after some late ones the queue gives the jobs away.
struct Heartbeat: Sendable {
    let queue: any JobQueue
    let interval: Duration
    let logger: Logger

    /// Attempts within one beat.
    private static let attempts = 4

    /// Beats until cancelled. A beat that has not been answered when the next is due is given up for it.
    func run(held: @Sendable @escaping () async -> [String]) async {
        var due = ContinuousClock.now
        while !Task.isCancelled {
            let beat = Task { await send(held) }
            due += interval
            // After a freeze (the container was suspended) the missed beats are not made up.
            due = max(due, .now)
            try? await Task.sleep(until: due, clock: .continuous)
            beat.cancel()
        }
    }

    private func send(_ held: @Sendable () async -> [String]) async {
        for attempt in 1...Self.attempts {
            do throws(QueueFailure) {
                return try await queue.heartbeat(jobIDs: held())
            } catch {
                guard !Task.isCancelled else { return }
                // A queue that says no will say it again; one that cannot be reached may be back in a moment.
                if case .status(let status) = error.kind, status < 500, status != 429 {
                    return logger.warning("heartbeat: \(error)")
                }
                logger.log(level: attempt == 1 ? .warning : .debug, "heartbeat: \(error)")
                try? await Task.sleep(for: interval / Self.attempts)
                guard !Task.isCancelled else { return }
            }
        }
    }
}
