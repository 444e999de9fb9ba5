import Support

/// Runs blocking code on a thread of its own and gives the caller's cooperative thread back meanwhile.
///
/// It stays in the same task, so that a failed expectation within it still belongs to its test. Cancelling the task does
/// not interrupt the code.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let executor = ThreadExecutor()
    let result = await withTaskExecutorPreference(executor) { Result { try body() } }
    executor.join()
    return try result.get()
}

/// Starts a thread for each job.
private final class ThreadExecutor: TaskExecutor {
    private let threads = Lock<[BlockingThread]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        // A job cannot be refused: without a thread it runs here, which is slower for others and nothing worse.
        guard let thread = try? BlockingThread.start({ job.runSynchronously(on: executor) }) else {
            return job.runSynchronously(on: executor)
        }
        threads.withLock { $0.append(thread) }
    }

    func join() {
        for thread in threads.withLock({ $0 }) { thread.join() }
    }
}
