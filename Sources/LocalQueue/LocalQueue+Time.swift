// What time does: timeouts, lost workers, results that are kept long enough, webhooks' next tries.

extension LocalQueue {
    /// Does all that is due.
    mutating func expire(at now: Instant) {
        while let due = deadlines.popDue(at: now) {
            switch due {
            case .job(let id): jobIsDue(id, at: now)
            case .worker(let id): workerIsDue(id, at: now)
            case .visit(let id): visitIsDue(id)
            case .webhook(let id): tryWebhook(id)
            }
        }
    }

    private mutating func jobIsDue(_ id: String, at now: Instant) {
        guard let job = jobs[id] else { return }
        if job.state.isFinal {
            return job.keptUntil <= now ? forget(id) : deadlines.set(.job(id), at: job.keptUntil)
        }
        let policy = job.policy
        if job.submitted + policy.timeToLive <= now {
            return timeOut(
                id,
                "The job was not done within its time to live (policy.ttl) of \(policy.timeToLive).",
                at: now
            )
        }
        guard job.state == .inProgress, let started = job.started else {
            return deadlines.set(.job(id), at: job.submitted + policy.timeToLive)
        }
        if started + policy.executionTimeout <= now {
            let limit = policy.executionTimeout
            return timeOut(id, "The job ran longer than its policy.executionTimeout of \(limit).", at: now)
        }
        let lost = lastSign(of: job, at: now) + settings.grace
        if lost <= now {
            deadlines.set(.job(id), at: job.submitted + policy.timeToLive)
            return giveUpOnWorker(of: id, at: now)
        }
        deadlines.set(.job(id), at: min(job.submitted + policy.timeToLive, started + policy.executionTimeout, lost))
    }

    /// When the worker last showed that it has this job.
    ///
    /// Heartbeats say so exactly. A worker that sends none (the Python SDK without a key, a person with curl) is
    /// believed to work as long as it talks to us about anything.
    private func lastSign(of job: JobRecord, at now: Instant) -> Instant {
        guard let worker = job.worker.flatMap({ workers[$0] }), !worker.hasPinged else { return job.lastSign }
        return worker.openVisits > 0 ? now : max(job.lastSign, worker.lastContact)
    }

    private mutating func timeOut(_ id: String, _ message: String, at now: Instant) {
        if let worker = jobs[id]?.worker, jobs[id]?.state == .inProgress { askToStop(id, worker) }
        end(id, as: .timedOut, error: message, at: now)
    }

    private mutating func workerIsDue(_ id: String, at now: Instant) {
        guard let worker = workers[id] else { return }
        let gone = worker.lastContact + settings.grace
        if gone <= now, worker.openVisits == 0, worker.jobs.isEmpty {
            workers[id] = nil
        } else {
            deadlines.set(.worker(id), at: max(gone, now + settings.heartbeatInterval))
        }
    }

    private mutating func visitIsDue(_ id: VisitID) {
        guard let visit = release(id) else { return }
        switch visit {
        case .take, .stops:
            reply(id, .nothing)
        case .watcher(let job):
            guard let job = jobs[job] else { return reply(id, .refused(.unknownJob(job))) }
            // The platform answers with the id and the state alone when the wait was too short.
            reply(id, job.isSync ? .state(job: job.id, job.state) : .report(job.report))
        case .reader(let job):
            drain(job, to: id)
        }
    }
}

// MARK: Keeping results

extension LocalQueue {
    mutating func keep(_ id: String, until deadline: Instant) {
        jobs[id]?.keptUntil = deadline
        deadlines.set(.job(id), at: deadline)
    }

    private mutating func forget(_ id: String) {
        guard let job = jobs.removeValue(forKey: id) else { return }
        finished.remove(job.ticket)
        deadlines.remove(.job(id))
        bytes -= job.bytes
    }

    /// Drops finished jobs, oldest first, until `size` more bytes fit.
    mutating func makeRoom(for size: Int) {
        while finished.count > settings.maximumFinished || bytes + size > settings.maximumBytes {
            guard let oldest = finished.popFirst() else { return }
            forget(oldest)
        }
    }
}

// MARK: Webhooks

extension LocalQueue {
    mutating func postWebhook(of id: String) {
        guard let job = jobs[id], let url = job.webhook else { return }
        webhooks[nextWebhook] = Webhook(job: id, url: url, body: job.report.json)
        emit(.post(webhook: nextWebhook, job: id, url: url, body: job.report.json))
        nextWebhook += 1
    }

    mutating func webhookAnswered(_ id: Int, _ accepted: Bool, at now: Instant) {
        guard let webhook = webhooks[id] else { return }
        guard !accepted, webhook.tries < settings.webhookTries else {
            if !accepted { emit(.note(.webhookGivenUp(job: webhook.job, url: WebhookURL.origin(of: webhook.url)))) }
            webhooks[id] = nil
            return
        }
        deadlines.set(.webhook(id), at: now + settings.webhookPause)
    }

    private mutating func tryWebhook(_ id: Int) {
        guard let webhook = webhooks[id] else { return }
        webhooks[id]?.tries += 1
        emit(.post(webhook: id, job: webhook.job, url: webhook.url, body: webhook.body))
    }
}
