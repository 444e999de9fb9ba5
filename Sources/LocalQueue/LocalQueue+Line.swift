// The way of a job: into the line, to a worker, back again, to its end.

extension LocalQueue {
    /// Puts a job in line: at the end, or before all others.
    mutating func enqueue(_ id: String, first: Bool = false) {
        jobs[id]?.state = .inQueue
        jobs[id]?.started = nil
        jobs[id]?.worker = nil
        // What the lost worker told of its progress is nothing that the next one has done.
        setOutput(of: id, nil, 0)
        jobs[id]?.ticket = first ? waiting.prepend(id) : waiting.append(id)
    }

    /// Gives waiting jobs to waiting workers.
    mutating func serve(at now: Instant) {
        while !waiting.isEmpty, let poll = polls.popFirst() {
            guard case .take(let worker, let count, _) = release(poll) else { continue }
            handOut(to: poll, worker, count, at: now)
        }
    }

    /// Answers a take with what waits, up to `count` jobs.
    mutating func handOut(to visit: VisitID, _ worker: String, _ count: Int?, at now: Instant) {
        var batch: [String] = []
        while batch.count < max(1, count ?? 1), let id = waiting.popFirst() {
            start(id, worker, at: now)
            batch.append(id)
        }
        reply(visit, .jobs(batch.compactMap { jobs[$0]?.fields }, worker: worker, isBatch: count != nil))
    }

    mutating func start(_ id: String, _ worker: String, at now: Instant) {
        guard let timeout = jobs[id]?.policy.executionTimeout else { return }
        jobs[id]?.state = .inProgress
        jobs[id]?.worker = worker
        jobs[id]?.started = now
        jobs[id]?.lastSign = now
        totals.inProgress += 1
        workers[worker]?.jobs.insert(id)
        // The word to stop an earlier run of the same job is not meant for this one.
        workers[worker]?.pendingStops.removeAll { $0 == id }
        deadlines.set(.job(id), at: now + min(timeout, settings.grace))
    }

    /// Takes a job from its worker without ending it.
    private mutating func takeAway(_ id: String) {
        guard let worker = jobs[id]?.worker, jobs[id]?.state == .inProgress else { return }
        totals.inProgress -= 1
        workers[worker]?.jobs.remove(id)
    }

    /// Nothing was heard of the job for too long: another worker gets it.
    mutating func giveUpOnWorker(of id: String, at now: Instant) {
        guard let worker = jobs[id]?.worker else { return }
        takeAway(id)
        jobs[id]?.formerWorkers.insert(worker)
        totals.retried += 1
        emit(.note(.lost(job: id, worker: worker)))
        // It waited once already.
        enqueue(id, first: true)
        serve(at: now)
    }

    /// A reply that did not get through: what it carried is put back where it was.
    mutating func takeBack(_ reply: Reply, at now: Instant) {
        switch reply {
        case .jobs(let handedOut, let worker, _):
            for id in handedOut.reversed().compactMap({ $0["id"]?.string }) {
                guard let job = jobs[id], job.state == .inProgress, job.worker == worker else { continue }
                takeAway(id)
                enqueue(id, first: true)
                emit(.note(.handOutFailed(job: id, worker: worker)))
            }
            serve(at: now)
        case .stop(let ids, let worker):
            for id in ids where !(jobs[id]?.state == .inProgress && jobs[id]?.worker == worker) {
                askToStop(id, worker)
            }
        case .chunks(let id, _, let chunks):
            guard jobs[id] != nil else { return }
            let size = chunks.reduce(0) { $0 + $1.size }
            jobs[id]?.chunks.insert(contentsOf: chunks, at: 0)
            jobs[id]?.unreadBytes += size
            bytes += size
            if let reader = jobs[id]?.readers.first, release(reader) != nil { drain(id, to: reader) }
        default:
            break
        }
    }

    /// Ends a job, whatever it was doing, and tells everybody who waits for that.
    mutating func end(_ id: String, as state: JobState, by worker: String? = nil, error: String? = nil, at now: Instant)
    {
        guard let before = jobs[id], !before.state.isFinal else { return }
        takeAway(id)
        if before.state == .inQueue { waiting.remove(before.ticket) }
        jobs[id]?.state = state
        jobs[id]?.ended = now
        jobs[id]?.error = error
        // Progress is not a result; of a job that ended without one nothing is left.
        if let worker { jobs[id]?.worker = worker } else { setOutput(of: id, nil, 0) }
        if !state.canBeRetried { dropInput(of: id) }
        jobs[id]?.ticket = finished.append(id)
        keep(id, until: now + before.retention)

        if state == .completed { totals.completed += 1 }
        if state.canBeRetried { totals.failed += 1 }
        answerWaiting(on: id)
        postWebhook(of: id)
        makeRoom(for: 0)
    }

    private mutating func answerWaiting(on id: String) {
        guard let job = jobs[id] else { return }
        for visit in job.watchers where release(visit) != nil { reply(visit, .report(job.report)) }
        for visit in job.readers where release(visit) != nil { drain(id, to: visit) }
    }

    private mutating func dropInput(of id: String) {
        bytes -= jobs[id]?.inputBytes ?? 0
        jobs[id]?.inputBytes = 0
        jobs[id]?.fields = nil
    }
}
