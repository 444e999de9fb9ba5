public import HTTPTransport
public import Jobs
public import Logging
import Prefetch
import Processes
import Support

/// An engine that is started when it is first wanted, watched, restarted when it fails, and ended for certain.
///
/// The decisions are `EngineMachine`'s and `EngineDriver`'s; this actor performs them and reports back what came of it.
public actor EngineSupervisor: Engine {
    let configuration: EngineConfiguration
    let client: HTTPClient
    let lookout = StallLookout()
    let startLog: StartLog
    var logger: Logger

    var preparation: Task<Result<Prepared, EngineFailure>, Never>?
    var prepared: Prepared?
    /// When the engine was chosen: part of the first start.
    var choosing: ClosedRange<ContinuousClock.Instant>?
    var machine = EngineMachine(serving: .manyModels)
    var generator = SystemRandomNumberGenerator()

    /// Those who wait, by the number the machine knows them by.
    var waiters: [Int: CheckedContinuation<Result<Readiness, EngineFailure>, Never>] = [:]
    var requests: [Int: RunningRequest] = [:]
    var nextID = 0
    var process: EngineProcess?
    /// What brings the engine forward now: a spawn, a probe, a load. One at a time.
    var work: Task<Void, Never>?
    var probePause: Task<Void, Never>?
    var ending: Task<Void, Never>?
    /// The models on disk, as found at the last start.
    var shelf = Shelf()
    /// The context that jobs have, where it is not the one that was asked for.
    var pinnedContext: Int?
    /// Who is in the engine's memory, since when.
    var residence: Residence
    /// The memory as it was last looked at.
    var picture: MemoryPicture?
    /// Whether that was in the start of now, before anything was loaded.
    var isPictureFresh = false
    /// Whether the driver would not say how much memory is free, since the start of this engine.
    var isBlind = false
    /// What reads the weights ahead of the engine.
    var prefetcher: Prefetcher?
    /// How far the weights are that are read ahead.
    var loading: Loading?
    /// The models that it was begun for.
    var prefetched: Set<String> = []
    /// Whether the engine was given a folder of links, which can grow while it runs.
    var usesUnion = false
    /// How the engine of now reads weights.
    var loadMode = LoadMode.mmap
    /// What the last start knew of digests, and the reading of those that nobody knows yet.
    var digestNotes: Task<Void, Never>?
    var hashing: Task<Void, Never>?
    var headerReading: Task<Void, Never>?
    var embeddingModels: Set<String> = []
    /// The start that is recorded now. The thread that reads the engine's lines looks at it too.
    let timeline = CurrentTimeline()
    var starts = 0
    var isShutDown = false

    /// Which engine it is and what it can do.
    struct Prepared: Sendable {
        let choice: EngineChoice
        let driver: any EngineDriver
    }

    /// A request that is under way.
    struct RunningRequest {
        let task: Task<Void, Never>
        /// Set when we end it ourselves: what its caller is told instead of "cancelled".
        var verdict: EngineFailure?
    }

    /// Starts nothing yet.
    ///
    /// - Parameters:
    ///   - configuration: which engine, which model, which limits
    ///   - client: for the engine's loopback connections; not shut down here
    ///   - logger: gets the engine's own lines at level debug
    ///   - startLog: where starts are recorded
    public init(
        configuration: EngineConfiguration,
        client: HTTPClient,
        logger: Logger,
        startLog: StartLog = StartLog()
    ) {
        self.configuration = configuration
        self.client = client
        self.logger = logger
        self.startLog = startLog
        residence = Residence(minimum: configuration.residence)
    }

    /// Chooses the engine and ends what a killed worker left behind; `ensureReady` does it by itself. Starts nothing.
    ///
    /// - Returns: what was chosen and why, for the log
    public func prepare() async throws(EngineFailure) -> EngineChoice {
        try await preparedEngine().choice
    }

    // MARK: Engine

    /// Returns when the engine is up and the model in memory; the first caller triggers the start.
    public func ensureReady(model: String?) async throws(EngineFailure) -> Readiness {
        let engine = try await preparedEngine()
        let name = model.map(engine.driver.canonicalName)
        await lookAgain(for: name, engine)
        var readiness = try await want(.model(name), startsRequest: false).outcome.get()
        readiness.context = pinnedContext
        return readiness
    }

    /// The events of one request, the start included if there has to be one.
    public func events(of call: EngineCall) async throws(EngineFailure) -> AsyncThrowingStream<EngineEvent, any Error> {
        let engine = try await preparedEngine()
        let name = call.body?["model"]?.string.flatMap { $0.isEmpty ? nil : engine.driver.canonicalName($0) }
        await lookAgain(for: name, engine)
        let (id, outcome) = await want(call.body == nil ? .process : .model(name), startsRequest: true)
        let readiness = try outcome.get()
        let request: EngineRequest
        do throws(EngineFailure) {
            request = try engine.driver.request(for: call, model: loadedModel(readiness.model))
        } catch {
            feed(.requestEnded(waiter: id, .refused))
            throw error
        }
        return begin(request, id: id, engine: engine, model: readiness.model)
    }

    /// Takes back the count of all failures since the last completed generation: one input was convicted of them.
    public func pardonLastFailure() {
        feed(.pardon)
    }

    /// Closes all requests and ends the engine's whole process group. Afterwards nothing can be asked of it.
    public func shutdown() async {
        if !isShutDown {
            isShutDown = true
            feed(.drain)
        }
        await ending?.value
    }

    // MARK: Waiting

    private func want(
        _ demand: EngineMachine.Waiter.Demand,
        startsRequest: Bool
    ) async -> (id: Int, outcome: Result<Readiness, EngineFailure>) {
        nextID += 1
        let id = nextID
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiters[id] = continuation
                feed(.wanted(EngineMachine.Waiter(id: id, demand: demand, startsRequest: startsRequest)))
            }
        } onCancel: {
            Task { await self.cancelWaiter(id) }
        }
        return (id, outcome)
    }

    private func cancelWaiter(_ id: Int) {
        guard let continuation = waiters.removeValue(forKey: id) else { return }
        feed(.cancelled(waiter: id))
        continuation.resume(returning: .failure(EngineFailure(.cancelled, "The caller went away.")))
    }

    // MARK: The machine

    func feed(_ event: EngineMachine.Event) {
        let before = machine.state
        let actions = machine.handle(event, using: &generator)
        if machine.state != before {
            // Each load is a start of its own in the records, also where the next one follows at once.
            if event.endsLoad { finishTimeline(error: event.loadFailure) }
            note(machine.state)
        }
        // A load outlives the request that needed it, and is not for its connection's thread.
        StreamExecutor.$current.withValue(nil) { for action in actions { perform(action) } }
    }

    /// What a new state means for the log and for the timeline of the start.
    private func note(_ state: EngineMachine.State) {
        logger.debug("the engine is \(state)", metadata: ["failures": "\(machine.failures)"])
        endHashing()
        switch state {
        case .failed(let cause):
            logger.warning("the engine failed: \(cause)", metadata: ["failures": "\(machine.failures)"])
            logLastLines(beside: cause)
            finishTimeline(error: cause)
        case .gaveUp(let cause):
            logger.error("the engine failed too often in a row and is given up: \(cause)")
            logLastLines(beside: cause)
            finishTimeline(error: cause)
        case .ready:
            finishTimeline(error: nil)
            hashLater()
        case .stopped:
            finishTimeline(error: nil)
        case .ending, .draining:
            finishTimeline(error: "ended before the model was ready")
        case .starting, .discovering, .loading:
            break
        }
    }

    private func perform(_ action: EngineMachine.Action) {
        switch action {
        case .discover(let life):
            // An engine of one model looks for it before it is started.
            if prepared?.driver.serving == .oneModel { beginTimeline() }
            work = Task { await self.discover(life) }
        case .open(let life, let model):
            if prepared?.driver.serving == .manyModels { beginTimeline() }
            work = Task { await self.open(life, model: model) }
        case .probe(let life, let pause):
            work = Task { await self.probe(life, after: pause) }
        case .load(let life, let model):
            if timeline.current == nil { beginTimeline() }
            timeline.current?.addToLoad(modelAttributes(model))
            timeline.enter(.inspect)
            work = Task { await self.load(life, model) }
        case .warmUp(let life, let model):
            keep(model)
            endPrefetch()
            timeline.enter(.warmUp)
            work = Task { await self.warmUp(life, model) }
        case .resume(let id, let readiness):
            waiters.removeValue(forKey: id)?.resume(returning: .success(readiness))
        case .fail(let id, let failure):
            waiters.removeValue(forKey: id)?.resume(returning: .failure(failure))
        case .end(let life):
            ending = Task { await self.end(life) }
        case .settle(let life):
            Task { [residence = configuration.residence] in
                try? await Task.sleep(for: residence)
                self.feed(.settled(life: life))
            }
        case .sleep(let pause):
            Task {
                try? await Task.sleep(for: pause)
                self.feed(.backoffElapsed)
            }
        case .giveUp:
            break
        }
    }

    // MARK: Timeline

    /// What all records of a start say of it.
    private func describe(_ start: StartTimeline) {
        var facts = start.facts
        facts["engine"] = configuration.isDirect ? "direct" : (prepared?.choice.kind.rawValue).map { .string($0) }
        facts["device"] = .string(picture?.gpu ?? facts["device"]?.string ?? "CPU")
        facts["driver"] = picture?.driver.map { .string($0) }
        start.recorder.describe(facts)
    }

    private func beginTimeline() {
        finishTimeline(error: nil)
        starts += 1
        let recorder = startLog.recorder(starts)
        if let choosing = choosing.take() {
            recorder.record("engine.choose", from: choosing.lowerBound, to: choosing.upperBound)
        }
        loading = nil
        timeline.replace(with: StartTimeline(starts, recorder))
    }

    func finishTimeline(error: String?) {
        endPrefetch()
        isPictureFresh = false
        guard let finished = timeline.replace(with: nil) else { return }
        finished.finish(error: error)
        describe(finished)
        if error == nil { check(Placement(finished.load)) }
        startLog.finished(finished.number, finished.recorder, error)
    }
}

extension EngineMachine.Event {
    /// Whether the news is that a load is over, well or not.
    fileprivate var endsLoad: Bool {
        switch self {
        case .warmedUp, .loadFailed: true
        default: false
        }
    }

    /// Why a model did not come into memory, if that is the news.
    fileprivate var loadFailure: String? {
        guard case .loadFailed(_, _, let failure) = self else { return nil }
        return failure.description
    }
}
