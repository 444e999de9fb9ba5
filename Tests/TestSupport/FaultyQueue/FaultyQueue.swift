import Support

/// The platform's queue on a real socket: it hands out jobs, keeps accounts of what comes back, and fails as a script
/// says.
///
/// What it promises a worker while no fault strikes is what the platform documents and the local queue does: takes and
/// stop polls are held, a job that three heartbeats do not name goes to the next worker, the first result counts.
public final class FaultyQueue: Sendable {
    /// A request as it came, whatever became of it.
    public struct Visit: Sendable {
        /// What was asked.
        public let route: QueueRoute
        /// When its last byte had been read.
        public let at: ContinuousClock.Instant
    }

    /// A point in time.
    public typealias Instant = ContinuousClock.Instant

    struct State {
        var script = FaultScript()
        var accounts: QueueAccounts
        var visits: [Visit] = []
        var stops: [String] = []
        /// When the listener was closed and opened again.
        var breaks: [ClosedRange<Instant>] = []
        var closed: Instant?
    }

    /// Where it listens.
    public var port: UInt16 { reserved.number }
    let state: Lock<State>
    private let host: String
    private let reserved: ReservedPort
    private let heartbeat: Duration
    private let server: Lock<TestServer?> = Lock(nil)

    /// Opens at once; `stop` it.
    /// - Parameters:
    ///   - heartbeat: the workers' interval, to be given to them by `environment`
    ///   - host: an address of this machine
    public init(heartbeat: Duration = .milliseconds(200), host: String = "127.0.0.1") throws {
        self.heartbeat = heartbeat
        self.host = host
        reserved = try ReservedPort()
        state = Lock(State(accounts: QueueAccounts(heartbeat: heartbeat)))
        try open()
    }

    deinit {
        stop()
    }

    /// Closes everything.
    public func stop() {
        let server = server.withLock { server in
            defer { server = nil }
            return server
        }
        server?.stop()
    }

    // MARK: Jobs

    /// A client sends a job.
    public func offer(_ id: String, input: String) {
        state.withLock { $0.accounts.offer(id, input: input) }
    }

    /// A client sends a job for so many tokens.
    public func offer(_ id: String, tokens: Int = 3, streams: Bool = false) {
        offer(id, input: #"{"prompt":"\#(id)","max_tokens":\#(tokens),"stream":\#(streams)}"#)
    }

    /// A client cancels a job: the worker is told, once.
    public func cancel(_ id: String) {
        state.withLock { $0.stops.append(id) }
    }

    // MARK: Faults

    /// From now on this fault strikes these routes.
    /// - Parameter minimumSize: of the request's body, in bytes: smaller ones are spared
    public func inject(_ fault: Fault, on routes: QueueRoute..., for extent: FaultScript.Extent, minimumSize: Int = 0) {
        state.withLock { $0.script.add(fault, on: Set(routes), extent, minimumSize: minimumSize) }
    }

    /// No fault strikes any more. What the queue could not hear while it was down it holds against nobody.
    public func recover() {
        state.withLock { state in
            state.script.clear()
            state.accounts.forgiveSilence(at: .now)
        }
    }

    /// Breaks all connections and refuses new ones until `open`.
    public func close() {
        state.withLock { $0.closed = .now }
        stop()
    }

    /// Listens, again, where it listened before.
    public func open() throws {
        state.withLock { state in
            state.accounts.forgiveSilence(at: .now)
            if let closed = state.closed { state.breaks.append(closed...(.now)) }
            state.closed = nil
        }
        let server = try TestServer(port: port, host: host) { [state] request, connection in
            try Desk(state: state).serve(request, on: connection)
        }
        self.server.withLock { $0 = server }
    }

    // MARK: What happened

    /// A copy of the accounts.
    public var accounts: QueueAccounts { state.withLock { $0.accounts } }
    /// How many jobs have a result.
    public var finishedCount: Int { state.withLock { $0.accounts.finishedCount } }
    /// How many jobs nobody has.
    public var waitingCount: Int { state.withLock { $0.accounts.waitingCount } }
    /// All requests, in the order in which they came.
    public var visits: [Visit] { state.withLock { $0.visits } }
    /// When it could not be reached.
    public var breaks: [ClosedRange<Instant>] { state.withLock { $0.breaks } }

    /// How many requests of these kinds came.
    public func count(_ routes: QueueRoute...) -> Int {
        state.withLock { state in state.visits.count { routes.contains($0.route) } }
    }

    /// The environment of a worker of this queue.
    /// - Parameters:
    ///   - folder: its state; the same for a worker that takes up where another one ended
    ///   - host: another name for this queue
    public func environment(state folder: String, host: String? = nil) -> [String: String] {
        let base = "http://\(host ?? self.host):\(port)/v2/ep"
        return [
            "RUNPOD_WEBHOOK_GET_JOB": "\(base)/job-take/$ID?gpu=G",
            "RUNPOD_WEBHOOK_POST_OUTPUT": "\(base)/job-done/$RUNPOD_POD_ID/$ID?gpu=G",
            "RUNPOD_WEBHOOK_POST_STREAM": "\(base)/job-stream/$RUNPOD_POD_ID/$ID?gpu=G",
            "RUNPOD_WEBHOOK_PING": "\(base)/ping/$RUNPOD_POD_ID",
            "RUNPOD_PING_INTERVAL": "\(Int(heartbeat / .milliseconds(1)))",
            "RUNPOD_AI_API_KEY": "key", "RUNPOD_POD_ID": "worker-1", "RUNPOD_ENDPOINT_ID": "ep",
            "KINDLING_STATE": folder,
        ]
    }
}
