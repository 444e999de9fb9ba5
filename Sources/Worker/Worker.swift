public import Jobs
public import Logging
import Support

/// The loop that brings jobs from the queue through the engine and back: it performs what the `SlotArbiter` decides.
///
/// 1. Open polls cover the free slots; a freed slot is asked for at once, while its last result is still on the way.
/// 2. Each job has one task: run, free the slot, deliver chunks and result, let go.
/// 3. Heartbeat and stop channel run beside it and touch only the list of held jobs.
/// 4. Draining closes the polls, lets work finish, interrupts what is left at the deadline, and answers all of it.
public actor Worker {
    /// How the worker ended.
    public enum Outcome: Sendable, Hashable {
        /// Everything taken was answered.
        case drained
        /// So many results could not be brought to the queue.
        case undelivered(Int)
        /// The engine cannot be kept alive.
        case engineGaveUp(String)
    }

    private struct Work {
        let token: Int
        var task: Task<Void, Never>?
        var run: Task<JobRunner.Outcome, Never>?
        var courier: ChunkCourier?
        var isInterrupted = false
    }

    /// An update that was not told by then is given up: the result that waits behind it matters more.
    private static let progressGrace = Duration.seconds(2)

    let queue: any JobQueue
    let runner: JobRunner
    let configuration: WorkerConfiguration
    let logger: Logger
    let gate: Gatekeeper
    private let delivery: Delivery
    let restores: RestorePlan?

    var arbiter: SlotArbiter
    var polls: [SlotArbiter.PollID: Task<Void, Never>] = [:]
    /// Heartbeat and stop channel, which are begun anew after a restore.
    var channels: [Task<Void, Never>] = []
    private var work: [String: Work] = [:]
    var takenAt: [String: ContinuousClock.Instant] = [:]
    private var nextToken = 0
    private var isPastDeadline = false
    private var delivering = 0 {
        didSet { runner.observer.resultsWaiting(delivering) }
    }
    private var undelivered = 0
    private var engineFailure: String?
    private(set) var deadline: Task<Void, Never>?
    private var drained: CheckedContinuation<Void, Never>?
    private var isDrained = false

    /// A worker that has not begun.
    /// - Parameter restores: what to do about restores from snapshots; nil: nobody looks out for them
    public init(
        queue: any JobQueue,
        runner: JobRunner,
        configuration: WorkerConfiguration,
        restores: RestorePlan? = nil,
        logger: Logger
    ) {
        self.queue = queue
        self.runner = runner
        self.configuration = configuration
        self.restores = restores
        self.logger = logger
        arbiter = SlotArbiter(slots: configuration.slots)
        gate = Gatekeeper(logger: logger) { restores?.watch.connectionDied() }
        delivery = Delivery(queue: queue, gate: gate, persistence: configuration.resultPersistence)
    }

    /// Takes and runs jobs until drained.
    /// - Parameter onPolling: called once, when the first question is on its way to the queue
    public func run(onPolling: @escaping @Sendable () -> Void = {}) async -> Outcome {
        let heartbeat = Heartbeat(queue: queue, interval: configuration.heartbeatInterval, logger: logger)
        let stopChannel = StopChannel(queue: queue, gate: gate, logger: logger)
        return await withTaskGroup { group in
            group.addTask { await self.keep { await heartbeat.run { await self.heldJobs } } }
            group.addTask { await self.keep { await stopChannel.run { await self.stop($0) } } }
            group.addTask {
                await self.begin()
                onPolling()
            }
            group.addTask { await self.listenForRestores() }
            await untilDrained()
            group.cancelAll()
            await group.waitForAll()
            return outcome
        }
    }

    /// Stops taking at once; what is held is finished, or answered as interrupted when the time is over.
    public func drain() {
        guard deadline == nil else { return }
        logger.info("draining: \(arbiter.held.count) jobs held, \(configuration.drainTime.milliseconds / 1000) s to go")
        deadline = Task {
            try? await Task.sleep(for: configuration.drainTime)
            guard !Task.isCancelled else { return }
            interruptAll()
            try? await Task.sleep(for: configuration.deliveryGrace)
            guard !Task.isCancelled else { return }
            abandonAll()
        }
        perform(arbiter.handle(.drain))
    }

    /// Ends the wait of a drain: what still runs is answered as interrupted now.
    public func hurry() {
        guard deadline != nil, !isPastDeadline else { return }
        logger.info("interrupting what still runs")
        interruptAll()
    }

    /// Ids of jobs taken and not yet acknowledged.
    public var heldJobs: [String] { arbiter.held }

    // MARK: Beginning and ending

    /// An eager worker takes no job before its model answers: another worker may be warm already.
    private func begin() async {
        if configuration.startsEagerly, await !makeEngineReady() { return }
        runner.start.booted()
        runner.start.isPolling()
        perform(arbiter.handle(.begin))
    }

    /// Returns whether jobs can be taken: one that will not start now may do so for a job.
    @discardableResult
    func makeEngineReady() async -> Bool {
        do {
            try await runner.makeReady(logger: logger)
        } catch {
            if error.kind == .gaveUp { giveUp(error.description) }
            guard error.kind != .cancelled, error.kind != .gaveUp else { return false }
            logger.error("the engine is not ready: \(error)")
        }
        return true
    }

    private func giveUp(_ cause: String) {
        guard engineFailure == nil else { return }
        engineFailure = cause
        logger.critical("the engine cannot be kept alive: \(cause)")
        drain()
    }

    private func untilDrained() async {
        guard !isDrained else { return }
        await withCheckedContinuation { drained = $0 }
    }

    private func end() {
        isDrained = true
        deadline?.cancel()
        runner.end()
        drained?.resume()
        drained = nil
    }

    private var outcome: Outcome {
        if let engineFailure { return .engineGaveUp(engineFailure) }
        return undelivered > 0 ? .undelivered(undelivered) : .drained
    }

    private func interruptAll() {
        isPastDeadline = true
        for id in Array(work.keys) {
            work[id]?.isInterrupted = true
            work[id]?.run?.cancel()
            // Chunks that the queue does not take must not keep the result, which holds them all, from going.
            work[id]?.courier?.abandon()
        }
    }

    private func abandonAll() {
        for entry in work.values { entry.task?.cancel() }
    }

    // MARK: Performing the arbiter's actions

    func perform(_ actions: [SlotArbiter.Action]) {
        for action in actions {
            switch action {
            case .poll(let id, let count, let delay): poll(id, count: count, after: delay)
            case .start(let job): start(job)
            case .reject(let id, let reason): reject(id, reason)
            case .note(let text): logger.warning("\(text)")
            case .cancel(let id): cancel(id)
            case .cancelPolls: for poll in polls.values { poll.cancel() }
            case .abandonPolls(let ids): abandon(ids)
            case .drained: end()
            }
        }
        runner.observer.slotsChanged(arbiter.busy, arbiter.slots - arbiter.busy)
    }

    private func start(_ job: Job) {
        let taken = takenAt.removeValue(forKey: job.id) ?? .now
        begin(job.id) { worker, token in
            await worker.carry(job, takenAt: taken, token: token)
        }
    }

    private func reject(_ id: String, _ reason: String) {
        begin(id) { worker, token in
            worker.runner.observer.jobEnded(JobReport(outcome: .refused, queueWait: .zero))
            let answer = JobResult.failure("this job cannot be run: \(reason)")
            await worker.deliver(answer, of: id, token: token, logger: worker.logger(for: id))
        }
    }

    private func begin(_ id: String, _ body: @escaping @Sendable (Worker, Int) async -> Void) {
        nextToken += 1
        let token = nextToken
        work[id] = Work(token: token, isInterrupted: isPastDeadline)
        work[id]?.task = Task { await body(self, token) }
    }

    private func cancel(_ id: String) {
        guard let entry = work.removeValue(forKey: id) else { return }
        runner.start.finished(id)
        logger(for: id).info("stopped on the queue's request")
        entry.run?.cancel()
        entry.task?.cancel()
    }

    /// The stop channel's order. Returns how many of the jobs were held.
    private func stop(_ ids: [String]) -> Int {
        let known = ids.count { arbiter.held.contains($0) }
        for id in ids { takenAt[id] = nil }
        perform(arbiter.handle(.stop(ids)))
        return known
    }

    // MARK: One job

    private func carry(_ job: Job, takenAt: ContinuousClock.Instant, token: Int) async {
        let logger = logger(for: job.id)
        let courier = ChunkCourier { [delivery] chunk in await delivery.send(chunk, of: job.id, logger: logger) }
        let progress = ProgressCourier(interval: configuration.progressInterval) { [delivery] in
            await delivery.tell($0, of: job.id, logger: logger)
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
        case .answered(let answer): result = answer
        case .engineGaveUp(let answer):
            result = answer
            giveUp(answer.error ?? "unknown cause")
            result.stopsPod = arbiter.isLastRunning
        case .cancelled(let isStream): result = Self.interrupted(isStream: isStream)
        }
        // The slot is free now: the next take goes out while this result is still being posted.
        perform(arbiter.handle(.finished(job.id)))
        await courier.delivered()
        await progress.settled(within: Self.progressGrace)
        await deliver(result, of: job.id, token: token, logger: logger)
    }

    private func deliver(_ result: JobResult, of id: String, token: Int, logger: Logger) async {
        delivering += 1
        let isDelivered = await delivery.send(result, of: id, logger: logger)
        delivering -= 1
        guard work[id]?.token == token else { return }
        work[id] = nil
        runner.start.finished(id)
        if !isDelivered {
            undelivered += 1
            logger.error("the result of job \(id) did not reach the queue and is lost")
        }
        perform(arbiter.handle(.released(id)))
    }

    private static func interrupted(isStream: Bool) -> JobResult {
        .failure(
            "interrupted: the worker was asked to stop and this job did not finish in the time allowed; send it again",
            isStream: isStream
        )
    }

    private nonisolated func logger(for jobID: String) -> Logger {
        var logger = logger
        logger[metadataKey: "requestId"] = .string(jobID)
        return logger
    }
}
