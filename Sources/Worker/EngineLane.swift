import Support

/// The way to the engine: as many generations side by side as it has slots, or one suspect alone.
///
/// After a crash each job that was running is rerun with nothing beside it, so that a second death names its cause.
final class EngineLane: Sendable {
    private struct State {
        let capacity: Int
        var shared = 0
        var isExclusive = false
        var queue: [Waiter] = []
        var nextID = 0

        func admits(alone: Bool) -> Bool {
            alone ? shared == 0 && !isExclusive : shared < capacity && !isExclusive
        }

        mutating func enter(alone: Bool) {
            if alone { isExclusive = true } else { shared += 1 }
        }

        /// First come, first served: a suspect at the head holds back those behind it, so it is never starved.
        mutating func admitted() -> [Waiter] {
            var admitted: [Waiter] = []
            while let first = queue.first, admits(alone: first.alone) {
                enter(alone: first.alone)
                admitted.append(queue.removeFirst())
            }
            return admitted
        }
    }

    private struct Waiter {
        let id: Int
        let alone: Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private let state: Lock<State>

    init(capacity: Int) {
        state = Lock(State(capacity: capacity))
    }

    /// Runs `body` beside others, or alone. Throws only when cancelled while waiting.
    func withLane<Value: Sendable>(
        alone: Bool,
        _ body: () async throws -> Value
    ) async throws -> Value {
        guard await enter(alone: alone) else { throw CancellationError() }
        defer { leave(alone: alone) }
        return try await body()
    }

    private func enter(alone: Bool) async -> Bool {
        let id: Int? = state.withLock { state in
            if state.queue.isEmpty, state.admits(alone: alone) {
                state.enter(alone: alone)
                return nil
            }
            state.nextID += 1
            return state.nextID
        }
        guard let id else { return true }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    guard !Task.isCancelled else { return true }
                    state.queue.append(Waiter(id: id, alone: alone, continuation: continuation))
                    return false
                }
                isCancelled ? continuation.resume(returning: false) : admit()
            }
        } onCancel: {
            let waiter: Waiter? = state.withLock { state in
                guard let index = state.queue.firstIndex(where: { $0.id == id }) else { return nil }
                return state.queue.remove(at: index)
            }
            waiter?.continuation.resume(returning: false)
            admit()
        }
    }

    private func leave(alone: Bool) {
        state.withLock { state in
            if alone { state.isExclusive = false } else { state.shared -= 1 }
        }
        admit()
    }

    private func admit() {
        for waiter in state.withLock({ $0.admitted() }) { waiter.continuation.resume(returning: true) }
    }
}
