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

    private let queue: any JobQueue
    private let runner: JobRunner
    private let configuration: WorkerConfiguration
    private let gate: Gatekeeper
    private let delivery: Delivery
    private let logger: Logger

    private var arbiter: SlotArbiter
    private var polls: [SlotArbiter.PollID: Task<Void, Never>] = [:]
    private var work: [String: Work] = [:]
    private var takenAt: [String: ContinuousClock.Instant] = [:]
    private var nextToken = 0
    private var isPastDeadline = false
    private var undelivered = 0
    private var engineFailure: String?
    private var deadline: Task<Void, Never>?
    private var drained: CheckedContinuation<Void, Never>?
    private var isDrained = false

    /// A worker that has not begun.
    public init(queue: any JobQueue, runner: JobRunner, configuration: WorkerConfiguration, logger: Logger) {
        self.queue = queue
        self.runner = runner
        self.configuration = configuration
        self.logger = logger
        arbiter = SlotArbiter(slots: configuration.slots)
        gate = Gatekeeper(logger: logger)
        delivery = Delivery(queue: queue, gate: gate, persistence: configuration.resultPersistence)
    }

    /// Takes and runs jobs until drained.
    /// - Parameter onPolling: called once, when the first question is on its way to the queue
    public func run(onPolling: @escaping @Sendable () -> Void = {}) async -> Outcome {
        let heartbeat = Heartbeat(queue: queue, interval: configuration.heartbeatInterval, logger: logger)
        let stopChannel = StopChannel(queue: queue, gate: gate, logger: logger)
        return await withTaskGroup { group in
            group.addTask { await heartbeat.run { await self.heldJobs } }
            group.addTask { await stopChannel.run { await self.stop($0) } }
            group.addTask {
                await self.begin()
                onPolling()
            }
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
        if configuration.startsEagerly {
            do {
                try await runner.makeReady()
            } catch {
                guard error.kind != .cancelled else { return }
                if error.kind == .gaveUp { return giveUp(error.description) }
                logger.error("the engine is not ready: \(error)")
            }
        }
        runner.start.booted()
        runner.start.isPolling()
        perform(arbiter.handle(.begin))
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

    private func perform(_ actions: [SlotArbiter.Action]) {
        for action in actions {
            switch action {
            case .poll(let id, let count, let delay): poll(id, count: count, after: delay)
            case .start(let job): start(job)
            case .reject(let id, let reason): reject(id, reason)
            case .note(let text): logger.warning("\(text)")
            case .cancel(let id): cancel(id)
            case .cancelPolls: for poll in polls.values { poll.cancel() }
            case .drained: end()
            }
        }
    }

    private func poll(_ id: SlotArbiter.PollID, count: Int, after delay: Duration) {
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
            for case .job(let job) in items { takenAt[job.id] = .now }
        }
        perform(arbiter.handle(event))
    }

    private func start(_ job: Job) {
        let taken = takenAt.removeValue(forKey: job.id) ?? .now
        begin(job.id) { worker, token in
            await worker.carry(job, takenAt: taken, token: token)
        }
    }

    private func reject(_ id: String, _ reason: String) {
        begin(id) { worker, token in
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
        let run = Task { [runner] in await runner.run(job, takenAt: takenAt, courier: courier, logger: logger) }
        guard work[job.id]?.token == token else { return run.cancel() }
        work[job.id]?.run = run
        work[job.id]?.courier = courier
        if work[job.id]?.isInterrupted == true { run.cancel() }

        let outcome = await run.value
        courier.close()
        guard let entry = work[job.id], entry.token == token else { return courier.abandon() }
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
        await deliver(result, of: job.id, token: token, logger: logger)
    }

    private func deliver(_ result: JobResult, of id: String, token: Int, logger: Logger) async {
        let isDelivered = await delivery.send(result, of: id, logger: logger)
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
