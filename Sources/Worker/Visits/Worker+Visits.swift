public import JSON
public import Jobs
import Support

// Requests that come over our own port: let in by the same arbiter as the queue's jobs, and cancelled with their clients.

extension Worker {
    struct Visit {
        /// Who waits to be let in.
        var waiting: CheckedContinuation<Result<Void, InferenceFailure>, Never>?
        var run: Task<Result<JSON, VisitFailure>, Never>?
        var isInterrupted = false
    }

    /// Runs one request as soon as a slot is free and its model in memory. Cancelling the caller frees the slot and closes
    /// the engine's request.
    ///
    /// - Parameter onEvent: for a request that streams: each of the engine's events, in order; while it waits, so does the
    ///   engine
    /// - Returns: the whole output, of a stream, too
    public func answer(
        _ request: InferenceRequest,
        onEvent: @escaping @Sendable (EngineEvent) async throws -> Void
    ) async throws(InferenceFailure) -> JSON {
        let arrived = ContinuousClock.now
        nextVisitor += 1
        let visitor = nextVisitor
        let result = await withTaskCancellationHandler {
            switch await letIn(visitor) {
            case .failure(let refusal): return Result<JSON, InferenceFailure>.failure(refusal)
            case .success: return await run(request, visitor, arrived, onEvent)
            }
        } onCancel: {
            Task { await self.clientLeft(visitor) }
        }
        return try result.get()
    }

    /// Where the worker stands.
    public var condition: ServiceCondition {
        if let engineFailure { return .failed(engineFailure) }
        if deadline != nil { return .draining }
        if let startFailure { return .failed(startFailure) }
        return configuration.startsEagerly && !isBegun ? .starting : .ready
    }

    /// How far the load is that requests wait for.
    public nonisolated func loadProgress() async -> LoadProgress? {
        await runner.engine.loadProgress()
    }

    private func letIn(_ visitor: SlotArbiter.VisitorID) async -> Result<Void, InferenceFailure> {
        await withCheckedContinuation { continuation in
            visits[visitor] = Visit(waiting: continuation)
            perform(arbiter.handle(.knocked(visitor)))
        }
    }

    private func run(
        _ request: InferenceRequest,
        _ visitor: SlotArbiter.VisitorID,
        _ arrived: ContinuousClock.Instant,
        _ onEvent: @escaping @Sendable (EngineEvent) async throws -> Void
    ) async -> Result<JSON, InferenceFailure> {
        let logger = logger(for: request.id)
        let run = Task { [runner] in
            await runner.answer(
                request,
                takenAt: arrived,
                reader: .client(EventRelay(onEvent: onEvent)),
                logger: logger
            )
        }
        visits[visitor]?.run = run
        // A client may leave between the slot's being free and this.
        if Task.isCancelled || visits[visitor]?.isInterrupted ?? true { run.cancel() }
        let outcome = await run.value
        let isInterrupted = visits.removeValue(forKey: visitor)?.isInterrupted ?? false
        serviceTime.note(arrived.duration(to: .now))
        if case .failure(let failure) = outcome {
            if failure.engineGaveUp { giveUp(failure.description) }
            if failure.startFailed { startFailure = failure.description }
            perform(arbiter.handle(.left(visitor)))
            return .failure(isInterrupted ? .interrupted : failure.failure)
        }
        startFailure = nil
        perform(arbiter.handle(.left(visitor)))
        return outcome.mapError(\.failure)
    }

    func admit(_ visitor: SlotArbiter.VisitorID) {
        visits[visitor]?.waiting.take()?.resume(returning: .success(()))
    }

    func turnAway(_ visitor: SlotArbiter.VisitorID, _ reason: SlotArbiter.Closed) {
        let refusal: InferenceFailure =
            switch reason {
            case .draining: .draining
            case .lineIsFull(let waiting):
                InferenceFailure(
                    429,
                    "\(waiting) requests wait already, which is as many as may (KINDLING_QUEUE_LENGTH): try again later",
                    retryAfter: serviceTime.wait(behind: waiting, slots: arbiter.slots)
                )
            }
        visits.removeValue(forKey: visitor)?.waiting?.resume(returning: .failure(refusal))
    }

    /// The drain's time is over.
    func interruptVisits() {
        for visitor in Array(visits.keys) {
            visits[visitor]?.isInterrupted = true
            visits[visitor]?.run?.cancel()
            guard let waiting = visits[visitor]?.waiting.take() else { continue }
            visits[visitor] = nil
            waiting.resume(returning: .failure(.interrupted))
            perform(arbiter.handle(.left(visitor)))
        }
    }

    private func clientLeft(_ visitor: SlotArbiter.VisitorID) {
        visits[visitor]?.run?.cancel()
        guard let waiting = visits[visitor]?.waiting.take() else { return }
        visits[visitor] = nil
        waiting.resume(returning: .failure(.clientLeft))
        perform(arbiter.handle(.left(visitor)))
    }
}

extension InferenceFailure {
    static let draining = InferenceFailure(503, "this worker is shutting down: send the request again", retryAfter: 1)
    static let interrupted = InferenceFailure(
        503,
        "interrupted: the worker was asked to stop and this request did not finish in the time allowed; send it again",
        retryAfter: 1
    )
    /// Read by nobody.
    static let clientLeft = InferenceFailure(499, "the client has left")
}
