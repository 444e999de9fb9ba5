import Support

/// Sends HTTP requests over one connection pool, on one thread of its own.
///
/// Any number of tasks may send at once. The pool keeps connections for later requests and speaks HTTP/2 where TLS offers
/// it. An idle client costs no CPU.
public final class HTTPClient: Sendable {
    private struct Threads {
        /// Takes all new requests.
        var current: CommandQueue
        /// Bring to an end what they had when their connections were dropped.
        var retired: [CommandQueue] = []
        var isShutDown = false
    }

    private let threads: Lock<Threads>
    private let configuration: Configuration

    /// A client with a pool of its own. Returns at once; libcurl is initialised on the client's thread.
    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
        let commands = CommandQueue()
        threads = Lock(Threads(current: commands))
        let error = Self.start(commands, configuration)
        if error != 0 {
            commands.close(
                HTTPError(.cancelled, "the system has no thread for the HTTP client; raise the limit on tasks")
            )
        }
    }

    private static func start(_ commands: CommandQueue, _ configuration: Configuration) -> Int32 {
        OwnThread.start { TransferLoop.run(commands, configuration) }
    }

    deinit {
        shutdown()
    }

    /// Sends a request and returns when the head of the answer is there; the body follows at its reader's pace.
    ///
    /// A kept connection that turns out to be dead before any byte of an answer came is replaced, and the request sent
    /// again, unseen. Cancelling the task closes the connection at once.
    public func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let origin = try request.checked()
        let exchange = StreamingExchange(request, to: origin, buffering: configuration.bufferedBytes, through: commands)
        let head = try await exchange.head()
        return HTTPResponse(status: head.status, headers: head.headers, body: HTTPBody(exchange, keeping: self))
    }

    /// Sends a request and returns the whole answer: the shortest way for small ones.
    ///
    /// - Parameter limit: bytes of (inflated) body; more of it closes the connection and throws code `.tooLarge`, unless the
    ///   request keeps what came.
    public func fetch(_ request: HTTPRequest, upTo limit: Int) async throws(HTTPError) -> HTTPReply {
        let origin = try request.checked()
        return try await WholeExchange(request, to: origin, upTo: limit, through: commands).reply()
    }

    /// Uses no connection again that is open now: after a freeze or a restore nobody knows which of them still lead
    /// anywhere, and a request on one that does not would wait for its time-out.
    ///
    /// Requests under way are left alone. New ones go over a pool, and a thread, of their own, because libcurl before 8.16
    /// can neither empty its pool nor keep a busy HTTP/2 connection from taking more; the old thread ends, and closes what
    /// it has, with the last of its requests.
    public func dropConnections() {
        let old: (retiring: CommandQueue, successor: CommandQueue)? = threads.withLock { threads in
            guard !threads.isShutDown, !threads.current.isClosed else { return nil }
            let successor = CommandQueue()
            // Without a thread to spare, the old pool is better than none.
            guard Self.start(successor, configuration) == 0 else { return nil }
            let retiring = threads.current
            threads.retired.removeAll(where: \.isClosed)
            threads.retired.append(retiring)
            threads.current = successor
            return (retiring, successor)
        }
        if let old { old.retiring.retire(for: old.successor) }
    }

    /// Cancels all requests, closes all connections and ends the thread. Later requests fail with code `.cancelled`.
    public func shutdown() {
        let all = threads.withLock { threads in
            threads.isShutDown = true
            return [threads.current] + threads.retired
        }
        for commands in all { commands.close(HTTPError(.cancelled, "the HTTP client was shut down")) }
    }

    private var commands: CommandQueue { threads.withLock { $0.current } }
}
