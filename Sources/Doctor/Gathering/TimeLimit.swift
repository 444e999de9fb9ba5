import Support

/// Runs blocking work on a thread of its own and stops waiting for it after a while.
///
/// A read from a network volume that hangs cannot be interrupted: its thread is left behind, and ends with the process.
func within<Value: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () -> Value) async -> Value? {
    let outcome = Outcome<Value>()
    let error = OwnThread.start { outcome.end(with: work()) }
    guard error == 0 else { return nil }
    let clock = Task {
        try await Task.sleep(for: limit)
        outcome.end(with: nil)
    }
    defer { clock.cancel() }
    return await outcome.value()
}

/// The first of two ends counts.
private final class Outcome<Value: Sendable>: Sendable {
    private enum State {
        case open
        case waiting(CheckedContinuation<Value?, Never>)
        case ended(Value?)
    }

    private let state = Lock(State.open)

    func end(with value: Value?) {
        let waiter = state.withLock { state -> CheckedContinuation<Value?, Never>? in
            defer { if case .ended = state {} else { state = .ended(value) } }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        waiter?.resume(returning: value)
    }

    func value() async -> Value? {
        await withCheckedContinuation { continuation in
            let ended = state.withLock { state -> (Bool, Value?) in
                if case .ended(let value) = state { return (true, value) }
                state = .waiting(continuation)
                return (false, nil)
            }
            if ended.0 { continuation.resume(returning: ended.1) }
        }
    }
}
