import JSON

// What workers ask and send.

extension LocalQueue {
    mutating func take(_ visit: VisitID, _ worker: String, _ count: Int?, at now: Instant) {
        meet(worker, at: now)
        guard stage == .open else { return reply(visit, .nothing) }
        guard waiting.isEmpty else { return handOut(to: visit, worker, count, at: now) }
        guard settings.hold > .zero else { return reply(visit, .nothing) }
        let ticket = polls.append(visit)
        hold(visit, .take(worker: worker, count: count, ticket: ticket), until: now + settings.hold)
    }

    mutating func stops(_ visit: VisitID, _ worker: String, at now: Instant) {
        meet(worker, at: now)
        guard stage < .closed else { return reply(visit, .nothing) }
        // A worker has one stop channel: a second poll means that the first one's connection is dead.
        if let old = workers[worker]?.stopPoll, release(old) != nil { reply(old, .nothing) }
        guard workers[worker]?.pendingStops.isEmpty ?? true else { return handStops(to: visit, worker) }
        guard settings.hold > .zero else { return reply(visit, .nothing) }
        workers[worker]?.stopPoll = visit
        hold(visit, .stops(worker: worker), until: now + settings.hold)
    }

    mutating func chunk(_ visit: VisitID, _ worker: String, _ id: String, _ chunk: Chunk, at now: Instant) {
        meet(worker, at: now)
        if let reason = uselessness(of: id, from: worker) { return ignore(visit, worker, id, reason) }
        guard jobs[id]?.worker == worker else {
            // Two workers' chunks in one stream would be a text that neither of them wrote.
            return ignore(visit, worker, id, "another worker runs the job now")
        }
        guard (jobs[id]?.unreadBytes ?? 0) + chunk.size <= settings.maximumUnreadBytes else {
            let message = "Nobody reads the stream of job \(id): \(settings.maximumUnreadBytes) bytes wait already."
            return reply(visit, .refused(Refusal(413, message)))
        }
        jobs[id]?.lastSign = now
        jobs[id]?.chunks.append(chunk)
        jobs[id]?.unreadBytes += chunk.size
        bytes += chunk.size
        reply(visit, .acknowledged())
        if let reader = jobs[id]?.readers.first, release(reader) != nil { drain(id, to: reader) }
    }

    mutating func done(
        _ visit: VisitID,
        _ worker: String,
        _ id: String,
        _ body: JSON.Object,
        _ size: Int,
        at now: Instant
    ) {
        meet(worker, at: now)
        if body["stopPod"]?.bool == true { emit(.note(.stopPod(job: id, worker: worker))) }
        if let reason = uselessness(of: id, from: worker) { return ignore(visit, worker, id, reason) }
        if body["status"]?.string == JobState.inProgress.rawValue {
            return progress(visit, worker, id, body, size, at: now)
        }

        if let other = jobs[id]?.worker, other != worker, jobs[id]?.state == .inProgress { askToStop(id, other) }
        if let job = jobs[id], job.started == nil { jobs[id]?.started = job.lastSign }
        setOutput(of: id, body["output"], size)
        let error = body["error"].flatMap { $0.isNull ? nil : $0.string ?? $0.description }
        end(id, as: error == nil ? .completed : .failed, by: worker, error: error, at: now)
        reply(visit, .acknowledged())
    }

    private mutating func progress(
        _ visit: VisitID,
        _ worker: String,
        _ id: String,
        _ body: JSON.Object,
        _ size: Int,
        at now: Instant
    ) {
        guard jobs[id]?.worker == worker else { return ignore(visit, worker, id, "another worker runs the job now") }
        jobs[id]?.lastSign = now
        setOutput(of: id, body["output"], size)
        reply(visit, .acknowledged())
    }

    mutating func setOutput(of id: String, _ output: JSON?, _ size: Int) {
        bytes += size - (jobs[id]?.outputBytes ?? 0)
        jobs[id]?.output = output
        jobs[id]?.outputBytes = size
    }

    mutating func ping(_ visit: VisitID, _ worker: String, _ ids: [String], _ unhealthy: String?, at now: Instant) {
        meet(worker, at: now)
        workers[worker]?.hasPinged = true
        workers[worker]?.isUnhealthy = unhealthy != nil
        if let unhealthy { emit(.note(.unhealthy(worker: worker, reason: unhealthy))) }
        for id in ids { listed(id, by: worker, at: now) }
        reply(visit, .acknowledged())
    }

    /// A worker says that it holds this job.
    private mutating func listed(_ id: String, by worker: String, at now: Instant) {
        guard let job = jobs[id] else { return }
        switch job.state {
        case .inProgress where job.worker == worker:
            jobs[id]?.lastSign = now
        case .inQueue where job.formerWorkers.contains(worker):
            waiting.remove(job.ticket)
            start(id, worker, at: now)
            emit(.note(.foundAgain(job: id, worker: worker)))
        case .inProgress, .cancelled, .timedOut:
            // It missed the word to stop, or another worker has the job by now.
            askToStop(id, worker)
        case .inQueue, .completed, .failed:
            break
        }
    }
}

// MARK: Helpers

extension LocalQueue {
    /// Notes that a worker is there.
    private mutating func meet(_ worker: String, at now: Instant) {
        workers[worker, default: WorkerRecord(lastContact: now)].lastContact = now
        deadlines.set(.worker(worker), at: now + settings.grace)
    }

    /// Why nothing that this worker sends of the job matters any more; nil if it does.
    private func uselessness(of id: String, from worker: String) -> String? {
        guard let job = jobs[id] else { return "there is no such job (any more)" }
        if job.state.isFinal { return "the job is \(job.state.rawValue) already" }
        if job.worker == worker || job.formerWorkers.contains(worker) { return nil }
        return "the job was not given to this worker"
    }

    private mutating func ignore(_ visit: VisitID, _ worker: String, _ id: String, _ reason: String) {
        emit(.note(.ignored(job: id, worker: worker, reason: reason)))
        reply(visit, .acknowledged(ignored: reason))
    }

    mutating func askToStop(_ id: String, _ worker: String) {
        guard workers[worker]?.pendingStops.contains(id) == false else { return }
        workers[worker]?.pendingStops.append(id)
        if let poll = workers[worker]?.stopPoll, release(poll) != nil { handStops(to: poll, worker) }
    }

    private mutating func handStops(to visit: VisitID, _ worker: String) {
        let ids = workers[worker]?.pendingStops ?? []
        workers[worker]?.pendingStops = []
        reply(visit, .stop(ids, worker: worker))
    }
}
