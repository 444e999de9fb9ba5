public import ColdStart
public import CoreMetrics

/// What a worker counts and measures. Whoever knows something tells it in the words of this page; any thread may.
///
/// The instruments are swift-metrics', so another backend than ``MetricRegistry`` can be handed in.
public struct WorkerMetrics: Sendable {
    private let factory: any MetricsFactory
    private let loadedBytes: Counter
    private let loadEfficiency: Meter
    private let firstToken: Recorder
    private let tokenRate: Recorder
    private let queueWait: Recorder
    private let outbox: Meter
    private let rejected: Counter
    private let engineRestarts: Counter
    private let waiting: Meter

    /// What a cold start may have to wait for: the phases of `Docs/ColdStarts.md`.
    private static let phases = [
        "container", "worker", "engine.choose", "model.resolve", "model.prefetch", "memory.check", "memory.room",
        "model.union", "engine.spawn", "engine.listen", "engine.discover", "runner.start", "runner.fit",
        "runner.vocabulary", "weights", "context", "kv_cache", "compile", "runner.warmup", "runner.notice", "warmup",
        "job.take", "first_token", "first_result", "job.done", Timeline.unattributedName,
    ]

    /// Metrics that a factory keeps. Counters begin at nought rather than with their first event, or the first failure
    /// would be no increase; nor would a worker's cold start, of which it has only one.
    public init(factory: any MetricsFactory) {
        self.factory = factory
        loadedBytes = Counter(.loadedBytes, [], factory)
        loadEfficiency = Meter(.loadEfficiency, [], factory)
        firstToken = Recorder(.firstToken, [], factory)
        tokenRate = Recorder(.tokenRate, [], factory)
        queueWait = Recorder(.queueWait, [], factory)
        outbox = Meter(.outbox, [], factory)
        rejected = Counter(.rejected, [], factory)
        engineRestarts = Counter(.engineRestarts, [], factory)
        waiting = Meter(.waiting, [], factory)
        for kind in StartKind.allCases {
            for outcome in ["succeeded", "failed"] { _ = starts(kind, outcome) }
            _ = startTime(kind)
            _ = squares(kind)
        }
        for phase in Self.phases { _ = share(.cold, phase) }
        for outcome in JobOutcome.allCases { _ = jobs(outcome) }
        for direction in TokenDirection.allCases { _ = tokens(direction) }
    }

    // MARK: Starts

    /// A start is over, well or with a failure.
    public func startFinished(_ timeline: Timeline, failed: Bool = false) {
        starts(timeline.kind, failed ? "failed" : "succeeded").increment()
        // A start that failed was cut short: its times would make the good ones look better.
        guard !failed else { return }
        let time = timeline.workTime.inSeconds
        startTime(timeline.kind).record(time)
        squares(timeline.kind).increment(by: time * time)
        for (phase, length) in timeline.shares { share(timeline.kind, phase).increment(by: length.inSeconds) }
        for phase in timeline.phases {
            guard let end = phase.end else { continue }
            Recorder(.phaseTime, [("phase", phase.name)], factory).record(phase.begin.duration(to: end).inSeconds)
        }
    }

    /// A model's weights are in memory.
    /// - Parameter efficiency: the storage's least time for them divided by the time it took; nil if unknown
    public func modelLoaded(bytes: Int, efficiency: Double? = nil) {
        loadedBytes.increment(by: bytes)
        if let efficiency { loadEfficiency.set(efficiency) }
    }

    /// The engine is started again.
    public func engineRestarted() {
        engineRestarts.increment()
    }

    // MARK: Jobs

    /// How a job ended.
    public enum JobOutcome: String, Sendable, CaseIterable {
        /// With an answer.
        case completed
        /// With an error.
        case failed
        /// Its input was no good; the engine never saw it.
        case refused
        /// Stopped by its client or by the worker's end.
        case cancelled
    }

    /// A job is over.
    /// - Parameter queueWait: how long it waited in the worker for a slot
    public func jobEnded(_ outcome: JobOutcome, queueWait wait: Duration) {
        jobs(outcome).increment()
        queueWait.record(wait.inSeconds)
    }

    /// An answer is whole; what is not known of it is nil.
    /// - Parameters:
    ///   - timeToFirstToken: since the job's arrival
    ///   - tokensPerSecond: from the first token to the end
    public func generationEnded(
        promptTokens: Int?,
        completionTokens: Int?,
        timeToFirstToken: Duration?,
        tokensPerSecond: Double?
    ) {
        if let promptTokens { tokens(.prompt).increment(by: promptTokens) }
        if let completionTokens { tokens(.completion).increment(by: completionTokens) }
        if let timeToFirstToken { firstToken.record(timeToFirstToken.inSeconds) }
        if let tokensPerSecond { tokenRate.record(tokensPerSecond) }
    }

    /// Slots were taken or freed, or somebody waits for one.
    public func slotsChanged(busy: Int, free: Int, waiting: Int) {
        self.waiting.set(waiting)
        Meter(.slots, [("state", "busy")], factory).set(busy)
        Meter(.slots, [("state", "free")], factory).set(free)
    }

    /// So many results wait for the queue's acknowledgement.
    public func outboxHolds(_ results: Int) {
        outbox.set(results)
    }

    /// The queue will never take a result.
    public func resultRejected() {
        rejected.increment()
    }

    // MARK: The machine

    /// What a GPU says of itself; what it does not say is nil.
    /// - Parameters:
    ///   - gpu: its index or UUID
    ///   - utilisation: from 0 to 1
    public func gpuSampled(_ gpu: String, usedBytes: Int?, freeBytes: Int?, utilisation: Double?) {
        if let usedBytes { Meter(.gpuMemory, [("gpu", gpu), ("state", "used")], factory).set(usedBytes) }
        if let freeBytes { Meter(.gpuMemory, [("gpu", gpu), ("state", "free")], factory).set(freeBytes) }
        if let utilisation { Meter(.gpuUtilisation, [("gpu", gpu)], factory).set(utilisation) }
    }

    /// What runs here: version, engine, engine's version … Once it is known, and once only: another set of values would
    /// be a second series beside the first.
    public func describeBuild(_ facts: [(String, String)]) {
        Meter(.buildInfo, facts, factory).set(1)
    }

    private enum TokenDirection: String, CaseIterable {
        case prompt, completion
    }

    private func starts(_ kind: StartKind, _ outcome: String) -> Counter {
        Counter(.starts, [("kind", kind.rawValue), ("outcome", outcome)], factory)
    }

    private func startTime(_ kind: StartKind) -> Recorder {
        Recorder(.startTime, [("kind", kind.rawValue)], factory)
    }

    private func squares(_ kind: StartKind) -> FloatingPointCounter {
        FloatingPointCounter(.startSquares, [("kind", kind.rawValue)], factory)
    }

    private func share(_ kind: StartKind, _ phase: String) -> FloatingPointCounter {
        FloatingPointCounter(.startShares, [("kind", kind.rawValue), ("phase", phase)], factory)
    }

    private func jobs(_ outcome: JobOutcome) -> Counter {
        Counter(.jobs, [("outcome", outcome.rawValue)], factory)
    }

    private func tokens(_ direction: TokenDirection) -> Counter {
        Counter(.tokens, [("direction", direction.rawValue)], factory)
    }
}

// A factory keeps one series for a name and its labels, so an instrument is a way to it and may be made anew each time.

extension Counter {
    fileprivate convenience init(
        _ metric: MetricDescription,
        _ labels: [(String, String)],
        _ factory: any MetricsFactory
    ) {
        self.init(label: metric.name, dimensions: labels, factory: factory)
    }
}

extension FloatingPointCounter {
    fileprivate convenience init(
        _ metric: MetricDescription,
        _ labels: [(String, String)],
        _ factory: any MetricsFactory
    ) {
        self.init(label: metric.name, dimensions: labels, factory: factory)
    }
}

extension Meter {
    fileprivate convenience init(
        _ metric: MetricDescription,
        _ labels: [(String, String)],
        _ factory: any MetricsFactory
    ) {
        self.init(label: metric.name, dimensions: labels, factory: factory)
    }
}

extension Recorder {
    fileprivate convenience init(
        _ metric: MetricDescription,
        _ labels: [(String, String)],
        _ factory: any MetricsFactory
    ) {
        self.init(label: metric.name, dimensions: labels, aggregate: true, factory: factory)
    }
}

extension Duration {
    /// Seconds with their fraction.
    var inSeconds: Double { self / .seconds(1) }
}
