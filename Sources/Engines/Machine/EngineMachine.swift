public import Jobs
public import Support

/// The engine's life as decisions: events in, actions out, no clock, socket or process.
///
/// The flow of a start, for an engine that serves many models (Ollama) and for one that is started with its model
/// (llama-server):
/// 1. `open` a process (many models), or `discover` what models lie there and `open` with the wanted one;
/// 2. `probe` until it answers;
/// 3. `discover` its models (many models only), so that a job without a model gets the only one;
/// 4. `load` (many models only), then `warmUp`: requests of our own, which no client's impatience can abort;
/// 5. `resume` everybody who waits for that model; go back to 4 while somebody waits for another.
///
/// A failure counts, waits out a back-off and starts again while anybody waits; at the limit everybody fails with
/// `.gaveUp`. A death under a request may be that request's fault, so at the limit it waits for the verdict: a pardon
/// resets the count, and without one it is given up with the back-off. A completed generation resets the count; a warm-up does not, or an engine that dies under each real
/// request would be restarted for ever.
public struct EngineMachine: Sendable {
    /// Where the engine is.
    public enum State: Sendable, Hashable {
        /// No process, nobody waits.
        case stopped
        /// A process was asked for or is up, and has not answered yet.
        case starting
        /// The models are being listed.
        case discovering
        /// This model is on its way into memory.
        case loading(String)
        /// It answers. Which models are in memory stands in `loaded`.
        case ready
        /// Its process group is being ended; afterwards it starts again if somebody waits.
        case ending
        /// Ended for good, or about to be.
        case draining
        /// It failed; a back-off runs.
        case failed(String)
        /// It failed too often in a row.
        case gaveUp(String)
    }

    /// Somebody who wants the engine.
    public struct Waiter: Sendable, Hashable {
        /// What it waits for.
        public enum Demand: Sendable, Hashable {
            /// A process that answers, whatever it has in memory.
            case process
            /// A model in memory; nil: the configured or only one.
            case model(String?)
        }

        let id: Int
        let demand: Demand
        /// Whether it starts a request in the moment it is resumed: between the two nothing else may happen, such as
        /// the restart of llama-server with another model.
        let startsRequest: Bool
        /// Its caller went away. It stays in line, so that the load it asked for goes on.
        var isGone = false

        /// Somebody who wants something.
        public init(id: Int, demand: Demand, startsRequest: Bool = false) {
            self.id = id
            self.demand = demand
            self.startsRequest = startsRequest
        }
    }

    /// How the engine treats models.
    public enum Serving: Sendable, Hashable {
        /// One process, models come and go.
        case manyModels
        /// One process, one model, chosen before it is started.
        case oneModel
    }

    struct Running: Sendable, Hashable {
        let model: String?
        let load: Int
    }

    let serving: Serving
    let configured: String?
    let failureLimit: Int
    var backoff: Backoff

    /// Where the engine is.
    public internal(set) var state = State.stopped
    /// The models in memory, each with the number of its load: a death is counted once for each load.
    public internal(set) var loaded: [String: Int] = [:]
    /// Failures in a row.
    public internal(set) var failures = 0
    /// The cause of the last failure.
    var lastCause = ""
    /// The models that the last listing showed.
    public internal(set) var listed: [String] = []
    /// Why models cannot be used that are there, or were configured, by name.
    var problems: [String: String] = [:]
    var waiting: [Waiter] = []
    var running: [Int: Running] = [:]
    /// Counts processes, so that news of an earlier one is known as old.
    var life = 0
    var loads = 0
    var probes = 0
    var isUp = false
    var isEnding = false
    /// The model that llama-server was started with.
    var bound: String?
    /// The bound model came just now: another waits until it has earned its load.
    var isSettling = false

    /// An engine that nobody has asked for yet.
    ///
    /// - Parameters:
    ///   - serving: how the engine treats models
    ///   - configured: the model of a job that names none
    ///   - failureLimit: the failure in a row at which it gives up
    ///   - backoff: the waits between starts
    public init(
        serving: Serving,
        configured: String? = nil,
        failureLimit: Int = 3,
        backoff: Backoff = Backoff(from: .milliseconds(200), to: .seconds(10))
    ) {
        self.serving = serving
        self.configured = configured
        self.failureLimit = failureLimit
        self.backoff = backoff
    }

    /// What happened.
    public enum Event: Sendable, Hashable {
        /// Somebody wants the engine.
        case wanted(Waiter)
        /// A waiter went away. Nothing is aborted for it.
        case cancelled(waiter: Int)
        /// The models were listed. `problems`: why others cannot be used, by name, where that is known.
        case discovered(life: Int, models: [String], problems: [String: String] = [:])
        /// A process is there: our own, or one that ran already.
        case opened(life: Int)
        /// The models were listed again while the engine runs.
        case relisted(models: [String], problems: [String: String])
        /// None could be started. `retry`: whether it could go better the next time.
        case openFailed(life: Int, cause: String, retry: Bool)
        /// The probe was answered.
        case probed(life: Int, Probe)
        /// The process ended by itself.
        case exited(life: Int, cause: String)
        /// The process group is gone, as asked for.
        case ended(life: Int)
        /// The model is in memory.
        case loadDone(life: Int, model: String)
        /// The warm-up was answered.
        case warmedUp(life: Int, model: String)
        /// The load or the warm-up failed.
        case loadFailed(life: Int, model: String, EngineFailure)
        /// A request is over.
        case requestEnded(waiter: Int, Outcome)
        /// The back-off is over.
        case backoffElapsed
        /// The loaded model has been there for its least time.
        case settled(life: Int)
        /// This model is not in memory any more: another took its place.
        case evicted(life: Int, model: String)
        /// Stop for good.
        case drain
        /// The failures since the last completed generation were one input's fault.
        case pardon
    }

    /// What a probe found.
    public enum Probe: Sendable, Hashable {
        /// No answer.
        case silent
        /// It answers that its model is being loaded.
        case loading
        /// Ready.
        case ready
        /// No answer for longer than a start may take.
        case timedOut
    }

    /// How a request ended.
    public enum Outcome: Sendable, Hashable {
        /// With a whole answer.
        case completed
        /// With an error that is the request's own matter, or its caller went away.
        case refused
        /// The engine or its runner died under it.
        case died(String)
        /// No token for too long.
        case stalled
    }

    /// What to do.
    public enum Action: Sendable, Hashable {
        /// List the models; answered by `discovered`, or by `openFailed`.
        case discover(life: Int)
        /// Use a running process or start one, with this model where it is started with one; answered by `opened` or `openFailed`.
        case open(life: Int, model: String?)
        /// Ask whether it is ready, after a pause; answered by `probed`.
        case probe(life: Int, after: Duration)
        /// Bring a model into memory; answered by `loadDone` or `loadFailed`.
        case load(life: Int, model: String)
        /// Generate one token; answered by `warmedUp` or `loadFailed`.
        case warmUp(life: Int, model: String)
        /// Tell a waiter that it is ready.
        case resume(waiter: Int, Readiness)
        /// Tell a waiter that it is not.
        case fail(waiter: Int, EngineFailure)
        /// Close all requests, end the process group; answered by `ended`.
        case end(life: Int)
        /// Let the model that came stay for its least time; answered by `settled`.
        case settle(life: Int)
        /// Wait; answered by `backoffElapsed`.
        case sleep(Duration)
        /// It is over: the worker should end.
        case giveUp(cause: String)
    }
}
