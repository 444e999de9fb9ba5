import Dispatch

/// Runs blocking work beside the cooperative threads, of which a small machine has two, and waits for it without blocking
/// one.
public func onOwnThread<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(returning: work()) }
    }
}
