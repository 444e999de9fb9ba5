import Jobs
import Logging

// One job: run, its slot freed, chunks and result delivered, let go.

extension Worker {
    func carry(_ job: Job, takenAt: ContinuousClock.Instant, token: Int) async {
        let logger = logger(for: job.id)
        let courier = ChunkCourier(post: mailroom.chunkPost(of: job.id))
        let progress = ProgressCourier(interval: configuration.progressInterval) { [mailroom] in
            await mailroom.tell($0, of: job.id, logger: logger)
        }
        let run = Task { [runner] in
            await runner.run(job, takenAt: takenAt, courier: courier, progress: progress, logger: logger)
        }
        guard work[job.id]?.token == token else { return run.cancel() }
        work[job.id]?.run = run
        work[job.id]?.courier = courier
        if work[job.id]?.isInterrupted == true { run.cancel() }

        let outcome = await run.value
        courier.close()
        guard let entry = work[job.id], entry.token == token else {
            progress.abandon()
            return courier.abandon()
        }
        var result: JobResult
        switch outcome {
        case .answered(let answer):
            result = answer
            if answer.error == nil { startFailure = nil }
        case .engineGaveUp(let answer):
            result = answer
            giveUp(answer.error ?? "unknown cause")
            result.stopsPod = arbiter.isLastRunning
        case .cancelled(let isStream): result = Self.interrupted(isStream: isStream)
        }
        // The slot is free now: the next take goes out while this result is still being posted.
        perform(arbiter.handle(.finished(job.id)))
        work[job.id]?.isClosing = true
        let leftovers = await courier.leftovers()
        await progress.settled(within: Self.progressGrace)
        let chunks = isHurried ? [] : leftovers
        let parcel = mailroom.parcel(result, after: chunks, of: job.id)
        guard let substitute = await substitute(for: result, parcel, of: job, token: token, logger: logger) else {
            return await deliver(parcel, token: token, logger: logger)
        }
        await deliver(mailroom.parcel(substitute, after: chunks, of: job.id), token: token, logger: logger)
    }

    /// What takes the place of a result that is more than the queue takes: a pointer to a bucket, or an error. Nil: the
    /// result fits.
    private func substitute(
        for result: JobResult,
        _ parcel: Parcel,
        of job: Job,
        token: Int,
        logger: Logger
    ) async -> JobResult? {
        guard let bigResults else { return nil }
        switch bigResults.verdict(on: parcel, of: job) {
        case .fits:
            return nil
        case .tooBig(let why):
            runner.observer.resultRejected()
            return await bigResults.refuse(result, parcel, why, mailroom, logger: logger)
        case .upload(let target):
            let upload = Task { await bigResults.upload(result, parcel, to: target, logger: logger) }
            work[job.id]?.upload = upload
            switch await upload.value {
            case .success(let pointer): return pointer
            case .failure(let error):
                // Stopped by the queue: nobody wants it.
                guard work[job.id]?.token == token else { return nil }
                runner.observer.resultRejected()
                return await bigResults.refuse(result, parcel, .upload(error), mailroom, logger: logger)
            }
        }
    }

    /// Offers a job's answer until the queue has it, and lets the job go.
    func deliver(_ parcel: Parcel, token: Int, logger: Logger) async {
        let id = parcel.address.job
        let dispatch = Dispatch(parcel, mailroom, logger: logger) { [weak self] item in
            await self?.updateBacklog(id, item, token: token)
        }
        await deliver(dispatch, Backlog.Item(bytes: parcel.size, isSaved: true), of: id, token: token, logger: logger)
    }

    func deliver(_ dispatch: Dispatch, _ item: Backlog.Item, of id: String, token: Int, logger: Logger) async {
        guard work[id]?.token == token else { return }
        work[id]?.dispatch = dispatch
        updateBacklog(id, item, token: token)
        if isSavingAll { Task { await dispatch.save() } }
        if isHurried { await dispatch.hurry() }
        delivering += 1
        let ending = await dispatch.run()
        delivering -= 1
        guard work[id]?.token == token else { return }
        work[id] = nil
        updateBacklog(id, nil)
        runner.start.finished(id)
        switch ending {
        case .delivered, .elsewhere: break
        case .setAside: runner.observer.resultRejected()
        case .unfinished(let isSaved):
            undelivered += 1
            let fate = isSaved ? "is in the outbox for the next worker" : "is lost: it is on no disk"
            logger.error("the result of job \(id) did not reach the queue and \(fate)")
        }
        perform(arbiter.handle(.released(id)))
    }

    private static func interrupted(isStream: Bool) -> JobResult {
        .failure(
            "interrupted: the worker was asked to stop and this job did not finish in the time allowed; send it again",
            isStream: isStream
        )
    }
}
