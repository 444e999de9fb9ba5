import Support

/// An exchange whose task waits for the whole answer: one wake-up at the end instead of one for the head, one for each
/// piece and one for the end.
final class WholeExchange: Exchange {
    private typealias Outcome = Result<HTTPReply, HTTPError>

    private struct State {
        var waiter: CheckedContinuation<Outcome, Never>?
        var head: ResponseHead?
        var body: [UInt8] = []
        var outcome: Outcome?
    }

    let request: HTTPRequest
    let origin: Origin
    private let limit: Int
    private let commands: CommandQueue
    private let state = Lock(State())

    /// - Parameter limit: bytes of body above which the exchange fails
    init(_ request: HTTPRequest, to origin: Origin, upTo limit: Int, through commands: CommandQueue) {
        self.request = request
        self.origin = origin
        self.limit = limit
        self.commands = commands
    }

    /// Sends the request and waits. To be called once.
    func reply() async throws(HTTPError) -> HTTPReply {
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state in
                    if state.outcome == nil { state.waiter = continuation }
                    return state.outcome
                }
                if let early { return continuation.resume(returning: early) }
                commands.post(.add(self))
            }
        } onCancel: {
            if settle(.failure(.cancelled(origin))) { commands.post(.cancel(self)) }
        }
        return try outcome.get()
    }

    var isAbandoned: Bool { state.withLock { $0.outcome != nil } }

    func receive(_ head: ResponseHead) {
        state.withLock { $0.head = head }
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyBuffer.Verdict {
        let verdict = state.withLock { state -> BodyBuffer.Verdict? in
            guard state.outcome == nil else { return .unwanted }
            guard state.body.count + bytes.count <= limit else { return nil }
            state.body.append(contentsOf: bytes)
            return .taken
        }
        if let verdict { return verdict }
        settle(tooLarge(with: bytes))
        return .unwanted
    }

    private func tooLarge(with bytes: UnsafeRawBufferPointer) -> Outcome {
        let (head, body) = state.withLock { state in
            (state.head, request.keepsCutBody ? state.body + bytes.prefix(limit - state.body.count) : [])
        }
        guard request.keepsCutBody, let head else { return .failure(.tooLarge(body: limit, from: origin)) }
        return .success(HTTPReply(status: head.status, headers: head.headers, body: body, isCut: true))
    }

    func finish(_ error: HTTPError?) {
        if let error {
            settle(.failure(error))
        } else {
            let (head, body) = state.withLock { state in (state.head, state.body) }
            settle(
                head.map { .success(HTTPReply(status: $0.status, headers: $0.headers, body: body, isCut: false)) }
                    ?? .failure(.headless(origin))
            )
        }
    }

    /// The first outcome stands. Returns whether this was it.
    @discardableResult
    private func settle(_ outcome: Outcome) -> Bool {
        let (waiter, isFirst) = state.withLock { state in
            guard state.outcome == nil else { return (CheckedContinuation<Outcome, Never>?.none, false) }
            state.outcome = outcome
            state.body = []
            defer { state.waiter = nil }
            return (state.waiter, true)
        }
        waiter?.resume(returning: outcome)
        return isFirst
    }
}
