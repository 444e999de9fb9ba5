/// Runs blocking work beside the cooperative threads, of which a small machine has two, and waits for it without blocking
/// one.
///
/// Not on Dispatch's global queue: Swift's tasks run on that queue's threads, too. With two cores two works that hung
/// there kept every task of the process waiting for a second, eight for three.
public func onOwnThread<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        let error = OwnThread.start { continuation.resume(returning: work()) }
        // Where the system has no thread left, a late answer is better than none.
        if error != 0 { continuation.resume(returning: work()) }
    }
}
