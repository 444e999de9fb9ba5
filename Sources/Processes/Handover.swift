import Support

/// Passes a value from one of our threads to the task that waits for it.
///
/// A continuation alone orders the two well enough. But when it is resumed before the task suspends, Swift's runtime
/// tells ThreadSanitizer the resumer's half only (a 20-line program shows it: resumed early, a report each run; late,
/// none). The lock is an order that it sees, and a report stays worth reading.
final class Handover<Value: Sendable>: Sendable {
    private let continuation: CheckedContinuation<Value, Never>
    private let gate: Lock<Bool>

    private init(_ continuation: CheckedContinuation<Value, Never>, _ gate: Lock<Bool>) {
        self.continuation = continuation
        self.gate = gate
    }

    /// Exactly once.
    func pass(_ value: Value) {
        gate.withLock { isPassed in
            isPassed = true
            continuation.resume(returning: value)
        }
    }

    /// Waits for what `body`, or a thread that it starts, passes on.
    static func wait(_ body: (Handover<Value>) -> Void) async -> Value {
        let gate = Lock(false)
        let value = await withCheckedContinuation { body(Handover($0, gate)) }
        // Once inside, the passer is out.
        _ = gate.withLock { $0 }
        return value
    }
}
