import Support

/// An exchange whose task gets the head first and then reads the body at its own pace.
final class StreamingExchange: Exchange {
    private typealias HeadOutcome = Result<ResponseHead, HTTPError>
    private typealias Chunk = Result<[UInt8]?, HTTPError>

    private struct State {
        var body: BodyBuffer
        var head: HeadOutcome?
        var headWaiter: CheckedContinuation<HeadOutcome, Never>?
        var chunkWaiter: CheckedContinuation<Chunk, Never>?
    }

    let request: HTTPRequest
    let origin: Origin
    private let commands: CommandQueue
    private let state: Lock<State>

    /// - Parameter capacity: bytes of body that wait for the reader before the server has to
    init(_ request: HTTPRequest, to origin: Origin, buffering capacity: Int, through commands: CommandQueue) {
        self.request = request
        self.origin = origin
        self.commands = commands
        state = Lock(State(body: BodyBuffer(capacity: capacity)))
    }

    // MARK: The task's side

    /// Sends the request and waits for the head of the answer. To be called once.
    func head() async throws(HTTPError) -> ResponseHead {
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let early = state.withLock { state in
                    if state.head == nil { state.headWaiter = continuation }
                    return state.head
                }
                if let early { return continuation.resume(returning: early) }
                commands.post(.add(self))
            }
        } onCancel: {
            cancel()
        }
        return try outcome.get()
    }

    /// The next piece of the body; `nil` at its end. One reader at a time.
    func nextChunk() async throws(HTTPError) -> [UInt8]? {
        if Task.isCancelled { cancel() }
        if let chunk = takeChunk(elseWait: nil) { return try chunk.get() }
        let chunk = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if let chunk = takeChunk(elseWait: continuation) { continuation.resume(returning: chunk) }
            }
        } onCancel: {
            cancel()
        }
        return try chunk.get()
    }

    /// Nobody reads on: closes the connection, unless the answer has come to its end already.
    func cancel() {
        if end({ $0.abandon(.cancelled(origin)) }, head: .cancelled(origin)) { commands.post(.cancel(self)) }
    }

    private func takeChunk(elseWait waiter: CheckedContinuation<Chunk, Never>?) -> Chunk? {
        let (chunk, resumes) = state.withLock { state -> (Chunk?, Bool) in
            switch state.body.take() {
            case .chunk(let bytes, let resumes): return (.success(bytes), resumes)
            case .end: return (.success(nil), false)
            case .failure(let error): return (.failure(error), false)
            case .nothing:
                guard let waiter else { return (nil, false) }
                guard state.chunkWaiter == nil else { return (.failure(Self.twoReaders(origin)), false) }
                state.chunkWaiter = waiter
                return (nil, false)
            }
        }
        if resumes { commands.post(.resume(self)) }
        return chunk
    }

    private static func twoReaders(_ origin: Origin) -> HTTPError {
        HTTPError(.invalidRequest, "two tasks read the body of \(origin)'s answer at once; let one read and hand on")
    }

    // MARK: The transfer thread's side

    var isAbandoned: Bool { state.withLock { $0.body.hasEnded } }

    func receive(_ head: ResponseHead) {
        let waiter = state.withLock { state -> CheckedContinuation<HeadOutcome, Never>? in
            guard state.head == nil else { return nil }
            state.head = .success(head)
            defer { state.headWaiter = nil }
            return state.headWaiter
        }
        waiter?.resume(returning: .success(head))
    }

    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyBuffer.Verdict {
        let (verdict, waiter) = state.withLock { state in
            let verdict = state.body.offer(bytes)
            defer { state.chunkWaiter = nil }
            return (verdict, state.chunkWaiter)
        }
        wake(waiter)
        return verdict
    }

    func finish(_ error: HTTPError?) {
        end({ $0.finish(error) }, head: error ?? .headless(origin))
    }

    // MARK: Both

    /// Ends the body one way or the other and wakes who waits. Returns whether it was still open.
    @discardableResult
    private func end(_ ending: (inout BodyBuffer) -> Void, head error: HTTPError) -> Bool {
        let (wasOpen, headWaiter, chunkWaiter) = state.withLock { state in
            let wasOpen = !state.body.hasEnded
            if wasOpen { ending(&state.body) }
            if state.head == nil { state.head = .failure(error) }
            defer { (state.headWaiter, state.chunkWaiter) = (nil, nil) }
            return (wasOpen, state.headWaiter, state.chunkWaiter)
        }
        headWaiter?.resume(returning: .failure(error))
        wake(chunkWaiter)
        return wasOpen
    }

    /// Gives a waiting reader what there is now, outside the lock.
    private func wake(_ waiter: CheckedContinuation<Chunk, Never>?) {
        guard let waiter else { return }
        if let chunk = takeChunk(elseWait: waiter) { waiter.resume(returning: chunk) }
    }
}
