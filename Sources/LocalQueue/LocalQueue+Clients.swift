// What clients ask.

extension LocalQueue {
    mutating func submit(_ visit: VisitID, _ submission: Submission, _ wait: Wait, at now: Instant) {
        guard stage == .open else { return reply(visit, .refused(.closing)) }
        guard jobs[submission.id] == nil else {
            return reply(visit, .refused(Refusal(409, "There is a job \(submission.id) already.")))
        }
        makeRoom(for: submission.size)
        if let refusal = fullness(after: submission.size) { return reply(visit, .refused(refusal)) }

        let isSync = wait != .no
        let retention = isSync ? settings.syncRetention : settings.retention
        jobs[submission.id] = JobRecord(submission, isSync: isSync, retention: retention, at: now)
        bytes += submission.size
        deadlines.set(.job(submission.id), at: now + submission.policy.timeToLive)
        switch wait {
        case .no: reply(visit, .state(job: submission.id, .inQueue))
        case .upTo(let time): hold(visit, .watcher(job: submission.id), until: now + (time ?? settings.syncWait))
        }
        enqueue(submission.id)
        serve(at: now)
    }

    private func fullness(after size: Int) -> Refusal? {
        if waiting.count >= settings.maximumWaiting {
            return Refusal(
                429,
                "\(waiting.count) jobs wait already. Send it again later, or empty the queue with /purge-queue.",
                retryAfter: 5
            )
        }
        if bytes + size > settings.maximumBytes {
            return Refusal(
                429,
                "The jobs under way fill the queue's memory. Send it again when some are done.",
                retryAfter: 5
            )
        }
        return nil
    }

    mutating func status(_ visit: VisitID, _ id: String, _ wait: Duration?, _ retention: Duration?, at now: Instant) {
        guard var job = jobs[id] else { return reply(visit, .refused(.unknownJob(id))) }
        if let retention {
            job.retention = job.isSync ? min(retention, settings.longestSyncRetention) : retention
            jobs[id]?.retention = job.retention
            // From now on, not from the end on: who asks shows that the result is still wanted.
            if job.state.isFinal { keep(id, until: now + job.retention) }
        }
        guard let wait, wait > .zero, !job.state.isFinal else { return reply(visit, .report(job.report)) }
        guard stage < .closed else { return reply(visit, .refused(.closing)) }
        hold(visit, .watcher(job: id), until: now + wait)
    }

    mutating func stream(_ visit: VisitID, _ id: String, _ wait: Duration, at now: Instant) {
        guard let job = jobs[id] else { return reply(visit, .refused(.unknownJob(id))) }
        guard job.chunks.isEmpty, !job.state.isFinal, wait > .zero else { return drain(id, to: visit) }
        guard stage < .closed else { return reply(visit, .refused(.closing)) }
        hold(visit, .reader(job: id), until: now + wait)
    }

    mutating func cancel(_ visit: VisitID, _ id: String, at now: Instant) {
        guard let job = jobs[id] else { return reply(visit, .refused(.unknownJob(id))) }
        if let worker = job.worker, job.state == .inProgress { askToStop(id, worker) }
        if !job.state.isFinal { end(id, as: .cancelled, at: now) }
        reply(visit, .state(job: id, jobs[id]?.state ?? .cancelled))
    }

    mutating func retry(_ visit: VisitID, _ id: String, at now: Instant) {
        guard stage == .open else { return reply(visit, .refused(.closing)) }
        guard let job = jobs[id] else { return reply(visit, .refused(.unknownJob(id))) }
        guard job.state.canBeRetried else {
            let message = "Job \(id) is \(job.state.rawValue); only FAILED and TIMED_OUT jobs can be retried."
            return reply(visit, .refused(Refusal(400, message)))
        }
        if let refusal = fullness(after: 0) { return reply(visit, .refused(refusal)) }
        finished.remove(job.ticket)
        forgetOutput(of: id)
        jobs[id]?.submitted = now
        jobs[id]?.ended = nil
        // A result of the first run that comes twice must not end the second one.
        jobs[id]?.formerWorkers = []
        totals.retried += 1
        deadlines.remove(.job(id))
        deadlines.set(.job(id), at: now + job.policy.timeToLive)
        enqueue(id)
        reply(visit, .state(job: id, .inQueue))
        serve(at: now)
    }

    private mutating func forgetOutput(of id: String) {
        guard var job = jobs[id] else { return }
        bytes -= job.outputBytes + job.unreadBytes
        job.outputBytes = 0
        job.unreadBytes = 0
        job.chunks = []
        job.output = nil
        job.error = nil
        jobs[id] = job
    }

    mutating func purge(_ visit: VisitID, at now: Instant) {
        var removed = 0
        while let id = waiting.popFirst() {
            removed += 1
            end(id, as: .cancelled, error: "The queue was purged while the job waited.", at: now)
        }
        reply(visit, .purged(removed))
    }

    /// Gives all unread chunks of a job to one reader.
    mutating func drain(_ id: String, to visit: VisitID) {
        guard let job = jobs[id] else { return }
        bytes -= job.unreadBytes
        jobs[id]?.unreadBytes = 0
        jobs[id]?.chunks = []
        reply(visit, .chunks(job: id, job.state, job.chunks))
    }
}
