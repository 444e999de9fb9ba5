import Jobs

// Long polls: opened as the arbiter says, each with a task of its own.

extension Worker {
    /// For the HTTP client to find what lies in a stale poll's socket: no network is needed for that.
    private static let pollGrace = Duration.milliseconds(250)

    func poll(_ id: SlotArbiter.PollID, count: Int, after delay: Duration) {
        // At this point the jobs that just finished still count: their results are on the way.
        let jobInProgress = !arbiter.held.isEmpty
        polls[id] = Task { [queue, gate] in
            if delay > .zero { try? await Task.sleep(for: delay) }
            guard let ticket = try? await gate.pass(.take) else { return pollEnded(id, .pollFailed(id)) }
            let asked = ContinuousClock.now
            do throws(QueueFailure) {
                let items = try await queue.take(upTo: count, jobInProgress: jobInProgress)
                gate.succeeded()
                pollEnded(id, .polled(id, items, elapsed: asked.duration(to: .now)))
            } catch {
                gate.failed(ticket, error, of: .take)
                pollEnded(id, .pollFailed(id))
            }
        }
    }

    private func pollEnded(_ id: SlotArbiter.PollID, _ event: SlotArbiter.Event) {
        polls[id] = nil
        if case .polled(_, let items, _) = event {
            for case .job(let job) in items where !arbiter.held.contains(job.id) { takenAt[job.id] = .now }
        }
        perform(arbiter.handle(event))
    }

    func abandon(_ ids: [SlotArbiter.PollID]) {
        let stale = ids.compactMap { polls[$0] }
        Task {
            try? await Task.sleep(for: Self.pollGrace)
            for poll in stale { poll.cancel() }
        }
    }
}
