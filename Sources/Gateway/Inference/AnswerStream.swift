import JSON
import Jobs
import Support

/// Carries a stream from the engine's tasks to the one that writes to the client.
///
/// The engine side never waits for the network until ``Gathering`` is full; the client side takes all there is at once.
/// A token costs a lock, a copy and, if the writer waits for it, one resumption.
///
/// Measured on two shared cores: 0.5 µs of CPU an event when they come as fast as they are read, 20 to 45 µs when each is
/// a write of its own and they are dense, up to 100 µs when the cores fall asleep between them; most of it is the waking of
/// the loop and the kernel. ``StreamExecutor`` keeps it at that one waking.
final class AnswerStream: Sendable {
    private struct State {
        var gathering: Gathering
        /// Who writes to the client, while there is nothing for him.
        var reader: CheckedContinuation<Gathering.Portion, Never>?
        /// The engine's task, while there is no room.
        var engine: CheckedContinuation<Void, any Error>?
        var tasks: [Task<Void, Never>] = []
    }

    private let state: Lock<State>
    let contentType: String

    init(_ format: any StreamFormat, room: Int) {
        contentType = format.contentType
        state = Lock(State(gathering: Gathering(format, room: room)))
    }

    /// Sets the engine to work. It stops when the stream is abandoned.
    func begin(_ request: InferenceRequest, of service: any InferenceService, comfort: Duration) {
        let work = Task {
            do throws(InferenceFailure) {
                let output = try await service.answer(request) { event in try await self.write(event) }
                self.update { $0.finish(output) }
            } catch {
                self.update { $0.fail(error) }
            }
        }
        let company = Task { await keepCompany(service, comfort) }
        let isGone = state.withLock { state in
            state.tasks = [work, company]
            return state.gathering.isGone
        }
        if isGone { abandon() }
    }

    /// Nobody reads on: the engine is stopped.
    func abandon() {
        let (reader, engine, tasks) = state.withLock { state in
            state.gathering.abandon()
            return (state.reader.take(), state.engine.take(), state.tasks)
        }
        reader?.resume(returning: .gone)
        engine?.resume(throwing: CancellationError())
        for task in tasks { task.cancel() }
    }

    /// The stream was handed over to its end.
    func end() {
        for task in state.withLock({ $0.tasks }) { task.cancel() }
    }

    /// What has come since the last call; waits until something has.
    func next() async -> Gathering.Portion {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let (portion, engine) = state.withLock { state in
                    guard let portion = state.gathering.take() else {
                        state.reader = continuation
                        return (Gathering.Portion?.none, CheckedContinuation<Void, any Error>?.none)
                    }
                    return (portion, state.engine.take())
                }
                if let portion { continuation.resume(returning: portion) }
                engine?.resume()
            }
        } onCancel: {
            abandon()
        }
    }

    private func write(_ event: EngineEvent) async throws {
        if update({ $0.write(event) }) { try await waitForRoom() }
    }

    /// Changes the stream and wakes its reader. True: the engine must not go on.
    @discardableResult
    private func update(_ change: (inout Gathering) -> Void) -> Bool {
        let (waking, mustWait) = state.withLock { state in
            change(&state.gathering)
            var waking: (CheckedContinuation<Gathering.Portion, Never>, Gathering.Portion)?
            if let reader = state.reader, let portion = state.gathering.take() {
                state.reader = nil
                waking = (reader, portion)
            }
            return (waking, state.gathering.isFull || state.gathering.isGone)
        }
        if let (reader, portion) = waking { reader.resume(returning: portion) }
        return mustWait
    }

    /// - Throws: `CancellationError` if nobody reads any more
    private func waitForRoom() async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let result: Result<Void, any Error>? = state.withLock { state in
                    // The cancellation handler may have run already; it leaves no trace, so ask the task itself.
                    if state.gathering.isGone || Task.isCancelled { return .failure(CancellationError()) }
                    guard state.gathering.isFull else { return .success(()) }
                    state.engine = continuation
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            state.withLock { $0.engine.take() }?.resume(throwing: CancellationError())
        }
    }

    /// One timer a stream, whatever the number of tokens: after `comfort` a comment about the load, then one about each
    /// second; once the engine has spoken, only when it has been silent for as long.
    private func keepCompany(_ service: any InferenceService, _ comfort: Duration) async {
        guard state.withLock({ $0.gathering.hasComments }) else { return }
        var pause = comfort
        while (try? await Task.sleep(for: pause)) != nil {
            let progress = await service.loadProgress()
            var isWaiting = false
            update { isWaiting = $0.comfort(progress) }
            pause = isWaiting ? min(comfort, .seconds(1)) : comfort
        }
    }
}
