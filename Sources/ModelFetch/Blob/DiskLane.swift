import Dispatch
import Support

/// Runs an actor one step after the other on a thread that may block: writing to a disk waits for the disk, and of
/// Swift's own threads a small machine has two. A serial queue has threads beside those.
final class DiskLane: SerialExecutor {
    private let queue: DispatchQueue

    init(_ name: String) {
        queue = DispatchQueue(label: name)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }
}

/// One blocking piece of work, off the cooperative threads.
func onDisk<Value: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
    try await onOwnThread { Result(catching: work) }.get()
}
