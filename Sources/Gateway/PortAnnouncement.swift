import Support

/// A port that will be known once, and those who wait for it.
final class PortAnnouncement: Sendable {
    private struct State {
        var result: Result<Int, any Error>?
        var waiting: [Int: CheckedContinuation<Int, any Error>] = [:]
        var next = 0
    }

    private let state = Lock(State())

    func announce(_ port: Int) {
        settle(.success(port))
    }

    /// Ends the waiting, if the port has not been announced.
    func fail(_ error: GatewayError) {
        settle(.failure(error))
    }

    func value() async throws -> Int {
        let ticket = state.withLock { state in
            state.next += 1
            return state.next
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Int, any Error>? = state.withLock { state in
                    // The cancellation handler may have run already; it leaves no trace, so ask the task itself.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.result == nil { state.waiting[ticket] = continuation }
                    return state.result
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(throwing: CancellationError())
        }
    }

    private func settle(_ result: Result<Int, any Error>) {
        let waiting = state.withLock { state -> [CheckedContinuation<Int, any Error>] in
            guard state.result == nil else { return [] }
            state.result = result
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(with: result) }
    }
}
