import Support

/// Sends HTTP requests over one connection pool, on one thread of its own.
///
/// Any number of tasks may send at once. The pool keeps connections for later requests and speaks HTTP/2 where TLS offers
/// it. An idle client costs no CPU.
public final class HTTPClient: Sendable {
    private let commands = CommandQueue()
    private let configuration: Configuration

    /// A client with a pool of its own. Returns at once; libcurl is initialised on the client's thread.
    public init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
        let commands = commands
        let error = OwnThread.start { TransferLoop.run(commands, configuration) }
        if error != 0 {
            commands.close(
                HTTPError(.cancelled, "the system has no thread for the HTTP client; raise the limit on tasks")
            )
        }
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
    /// - Parameter limit: bytes of (inflated) body; more of it closes the connection and throws code `.tooLarge`.
    public func fetch(_ request: HTTPRequest, upTo limit: Int) async throws(HTTPError) -> HTTPReply {
        let origin = try request.checked()
        return try await WholeExchange(request, to: origin, upTo: limit, through: commands).reply()
    }

    /// Cancels all requests, closes all connections and ends the thread. Later requests fail with code `.cancelled`.
    public func shutdown() {
        commands.close(HTTPError(.cancelled, "the HTTP client was shut down"))
    }
}
