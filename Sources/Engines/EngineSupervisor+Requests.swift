import Jobs
import Logging

extension EngineSupervisor {
    /// Sends a request that the machine has let in.
    func begin(
        _ request: EngineRequest,
        id: Int,
        engine: Prepared,
        model: String
    ) -> AsyncThrowingStream<EngineEvent, any Error> {
        let (stream, continuation) = AsyncThrowingStream<EngineEvent, any Error>.makeStream()
        let life = machine.life
        let exchange = EngineExchange(
            client: client,
            url: process?.url ?? "",
            request: request,
            stallTimeout: configuration.stallTimeout,
            lookout: lookout,
            failure: engine.driver.failure
        )
        process?.hasServed = true
        residence.used(model, at: .now)
        let task = Task {
            let outcome = await exchange.run { continuation.yield($0) }
            // The machine learns of it first: a caller that tries again must find a new engine, not the dead one.
            let failure = await self.finish(id, life, outcome, model: model)
            continuation.finish(throwing: failure)
        }
        requests[id] = RunningRequest(task: task)
        continuation.onTermination = { reason in
            if case .cancelled = reason { task.cancel() }
        }
        return stream
    }

    private func finish(
        _ id: Int,
        _ life: Int,
        _ outcome: Result<Void, EngineExchange.Failure>,
        model: String
    ) async -> EngineFailure? {
        // A long answer is a use until its end.
        residence.used(model, at: .now)
        guard case .failure(let error) = outcome else {
            requests[id] = nil
            feed(.requestEnded(waiter: id, .completed))
            return nil
        }
        var failure = await explained(error, life)
        if let verdict = requests.removeValue(forKey: id)?.verdict { failure = verdict }
        switch failure.kind {
        case .died:
            // A server that is not ours tells nobody of its end, and one of ours that breaks connections and lives on is
            // of no use: both count as gone, whether or not the news of an exit comes later.
            if error.isTransport { feed(.exited(life: life, cause: failure.description)) }
            feed(.requestEnded(waiter: id, .died(failure.description)))
        case .stalled:
            feed(.requestEnded(waiter: id, .stalled))
        default:
            feed(.requestEnded(waiter: id, .refused))
        }
        return await withList(failure, model)
    }

    /// A broken connection is often the first sign of a process that ends: it gets a moment to say why.
    func explained(_ error: EngineExchange.Failure, _ life: Int) async -> EngineFailure {
        guard error.isTransport, !Task.isCancelled, let process, process.life == life, let child = process.child else {
            return error.failure
        }
        let status = await withTaskGroup { group in
            group.addTask { try? await child.exitUnlessCancelled() }
            group.addTask {
                try? await Task.sleep(for: .seconds(2))
                return child.exitStatus
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        guard let status else { return error.failure }
        return EngineFailure(.died, "The engine died under this request (\(status)).\(process.lastWords)")
    }
}
