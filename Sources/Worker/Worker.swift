public import Delivery
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

    struct Work {
        let token: Int
        var task: Task<Void, Never>?
        var run: Task<JobRunner.Outcome, Never>?
        var courier: ChunkCourier?
        var upload: Task<Result<JobResult, S3UploadError>, Never>?
        var dispatch: Dispatch?
        /// The job is over, and what its stream still has on the way is waited for.
        var isClosing = false
        var isInterrupted = false
    }

    /// An update that was not told by then is given up: the result that waits behind it matters more.
    static let progressGrace = Duration.seconds(2)

    let queue: any JobQueue
    let runner: JobRunner
    let configuration: WorkerConfiguration
    let logger: Logger
    let gate: Gatekeeper
    let mailroom: Mailroom
    let bigResults: BigResults?
    let restores: RestorePlan?

    var arbiter: SlotArbiter
    var polls: [SlotArbiter.PollID: Task<Void, Never>] = [:]
    /// Heartbeat and stop channel, which are begun anew after a restore.
    var channels: [Task<Void, Never>] = []
    var work: [String: Work] = [:]
    var takenAt: [String: ContinuousClock.Instant] = [:]
    private var nextToken = 0
    private var isPastDeadline = false
    var delivering = 0 {
        didSet { runner.observer.resultsWaiting(delivering) }
    }
    var backlog: Backlog
    var undelivered = 0
    private(set) var engineFailure: String?
    /// Why the last start failed, as long as none has gone well since.
    var startFailure: String? {
        didSet { if startFailure != nil { tryStartAgain() } }
    }
    private var retry: Task<Void, Never>?
    private(set) var isBegun = false
    var visits: [SlotArbiter.VisitorID: Visit] = [:]
    var nextVisitor: SlotArbiter.VisitorID = 0
    var serviceTime = ServiceTime()
    private(set) var deadline: Task<Void, Never>?
    private var drained: CheckedContinuation<Void, Never>?
    private var isDrained = false

    /// A worker that has not begun.
    /// - Parameters:
    ///   - outbox: keeps results that the queue does not take at once; nil: they are kept in memory
    ///   - bigResults: what to do about results that are more than the queue takes; nil: they are offered all the same
    ///   - restores: what to do about restores from snapshots; nil: nobody looks out for them
    public init(
        queue: any JobQueue,
        runner: JobRunner,
        configuration: WorkerConfiguration,
        outbox: Outbox? = nil,
        bigResults: BigResults? = nil,
        restores: RestorePlan? = nil,
        logger: Logger
    ) {
        self.queue = queue
        self.runner = runner
        self.configuration = configuration
        self.bigResults = bigResults
        self.restores = restores
        self.logger = logger
        arbiter = SlotArbiter(slots: configuration.slots, lineLength: configuration.lineLength)
        gate = Gatekeeper(logger: logger) { restores?.watch.connectionDied() }
        mailroom = Mailroom(queue: queue, gate: gate, outbox: outbox, patience: configuration.resultPatience)
        var limits = configuration.backlog
        // What every healthy job has on its way for a moment is no backlog.
        limits.results = max(limits.results, 2 * configuration.slots + 1)
        backlog = Backlog(limits: limits)
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
            group.addTask { await self.lookAfterOutbox() }
            await untilDrained()
            group.cancelAll()
            await group.waitForAll()
            return outcome
        }
    }

    /// Stops taking at once; what is held is finished, or answered as interrupted when the time is over.
    public func drain() {
        guard deadline == nil else { return }
        logger.info(
            "draining: \(arbiter.held.count + visits.count) jobs held, \(configuration.drainTime.milliseconds / 1000) s to go"
        )
        deadline = Task {
            try? await Task.sleep(for: configuration.drainTime)
            guard !Task.isCancelled else { return }
            interruptAll()
            try? await Task.sleep(for: configuration.deliveryGrace)
            guard !Task.isCancelled else { return }
            abandonAll()
        }
        saveAll()
        perform(arbiter.handle(.drain))
    }

    /// Ends the wait of a drain: what still runs is answered as interrupted now.
    public func hurry() {
        guard deadline != nil, !isPastDeadline else { return }
        logger.info("interrupting what still runs")
        interruptAll()
    }

    /// Ids of jobs taken and not yet acknowledged, as the heartbeat lists them.
    public var heldJobs: [String] {
        HeartbeatList.ids(unfinished: arbiter.unfinished, held: arbiter.held)
    }

    // MARK: Beginning and ending

    /// An eager worker takes no job before its model answers: another worker may be warm already.
    private func begin() async {
        if configuration.startsEagerly, await !makeEngineReady() { return }
        runner.start.booted()
        runner.start.isPolling()
        isBegun = true
        perform(arbiter.handle(.begin))
    }

    /// Returns whether jobs can be taken: one that will not start now may do so for a job.
    @discardableResult
    func makeEngineReady() async -> Bool {
        do {
            try await runner.makeReady(logger: logger)
            startFailure = nil
        } catch {
            if error.kind == .gaveUp { giveUp(error.description) }
            guard error.kind != .cancelled, error.kind != .gaveUp else { return false }
            logger.error("the engine is not ready: \(error)")
            startFailure = error.description
        }
        return true
    }

    /// Health says that this worker is failed, and whoever goes by that sends nobody who could be the next to try.
    private func tryStartAgain() {
        guard retry == nil, deadline == nil else { return }
        retry = Task {
            var backoff = Backoff(from: .seconds(1), to: .seconds(30), certain: 0.5)
            var generator = SystemRandomNumberGenerator()
            while startFailure != nil, deadline == nil {
                try? await Task.sleep(for: backoff.next(using: &generator))
                guard !Task.isCancelled, startFailure != nil, deadline == nil else { break }
                await makeEngineReady()
            }
            retry = nil
        }
    }

    func giveUp(_ cause: String) {
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
        retry?.cancel()
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
        interruptVisits()
        for id in Array(work.keys) {
            work[id]?.isInterrupted = true
            work[id]?.run?.cancel()
            // Chunks that the queue does not take must not keep the result, which holds them all, from going.
            work[id]?.courier?.abandon()
            // What is left of the time is for telling its client.
            work[id]?.upload?.cancel()
            if let dispatch = work[id]?.dispatch { Task { await dispatch.hurry() } }
        }
    }

    /// From here on the process may be killed at any time. A chunk that hangs keeps its result from the disk no longer than
    /// a queue takes to answer.
    private func saveAll() {
        for entry in work.values {
            if let dispatch = entry.dispatch { Task { await dispatch.save() } }
            guard entry.isClosing, let courier = entry.courier else { continue }
            Task {
                try? await Task.sleep(for: .seconds(1))
                courier.abandon()
            }
        }
    }

    private func abandonAll() {
        for entry in work.values { entry.task?.cancel() }
    }

    // MARK: Performing the arbiter's actions

    func perform(_ actions: [SlotArbiter.Action]) {
        // What a client's leaving sets off is not for its connection's thread.
        StreamExecutor.$current.withValue(nil) { for action in actions { perform(action) } }
        runner.observer.slotsChanged(arbiter.busy, arbiter.slots - arbiter.busy, arbiter.waitingCount)
    }

    private func perform(_ action: SlotArbiter.Action) {
        switch action {
        case .poll(let id, let count, let delay): poll(id, count: count, after: delay)
        case .start(let job): start(job)
        case .reject(let id, let reason): reject(id, reason)
        case .note(let text): logger.warning("\(text)")
        case .cancel(let id): cancel(id)
        case .admit(let visitor): admit(visitor)
        case .turnAway(let visitor, let reason): turnAway(visitor, reason)
        case .cancelPolls: for poll in polls.values { poll.cancel() }
        case .abandonPolls(let ids): abandon(ids)
        case .drained: end()
        }
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
            let parcel = worker.mailroom.parcel(answer, of: id)
            await worker.deliver(parcel, token: token, logger: worker.logger(for: id))
        }
    }

    func begin(_ id: String, _ body: @escaping @Sendable (Worker, Int) async -> Void) {
        nextToken += 1
        let token = nextToken
        work[id] = Work(token: token, isInterrupted: isPastDeadline)
        work[id]?.task = Task { await body(self, token) }
    }

    private func cancel(_ id: String) {
        takenAt[id] = nil
        guard let entry = work.removeValue(forKey: id) else { return }
        updateBacklog(id, nil)
        runner.start.abandoned(id)
        logger(for: id).info("stopped: the queue wants no answer any more, or has it in the outbox")
        entry.run?.cancel()
        entry.upload?.cancel()
        entry.task?.cancel()
        if let dispatch = entry.dispatch { Task { await dispatch.discard() } }
    }

    /// The stop channel's order. Returns how many of the jobs were held.
    private func stop(_ ids: [String]) -> Int {
        let known = ids.count { arbiter.held.contains($0) }
        for id in ids { takenAt[id] = nil }
        perform(arbiter.handle(.stop(ids)))
        return known
    }

    /// What may still be done about a job whose parcel is on its way now.
    var isSavingAll: Bool { deadline != nil }
    var isHurried: Bool { isPastDeadline }

    nonisolated func logger(for jobID: String) -> Logger {
        var logger = logger
        logger[metadataKey: "requestId"] = .string(jobID)
        return logger
    }
}
