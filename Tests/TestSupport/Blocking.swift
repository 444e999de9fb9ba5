/// Runs blocking code on a thread of its own and gives the caller's cooperative thread back meanwhile.
///
/// It stays in the same task, so that a failed expectation within it still belongs to its test. Cancelling the task does
/// not interrupt the code.
public func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let result = await withTaskExecutorPreference(threadPerJob) { Result { try body() } }
    return try result.get()
}

/// For the whole life of the process: a job's last step and its enqueuing overlap, and an executor of one call would
/// be gone under one of them (seen as a crash in one of twelve runs).
private let threadPerJob = ThreadExecutor()

private final class ThreadExecutor: TaskExecutor {
    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        do {
            try BlockingThread.start { job.runSynchronously(on: threadPerJob.asUnownedTaskExecutor()) }.detach()
        } catch {
            // A job cannot be refused. Here it runs too, and others wait for it.
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
