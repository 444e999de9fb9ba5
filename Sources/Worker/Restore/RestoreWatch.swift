import Glibc
import Support

/// Reads the clocks once a second, on a thread of its own, and tells of restores.
///
/// A task's sleep would be late whenever the cooperative threads are busy; a thread's is only when the machine is.
public final class RestoreWatch: Sendable {
    private struct State {
        var watch = SnapshotWatch()
        var isStopped = false
    }

    /// The restores, as they are noticed. For one listener.
    let restores: AsyncStream<Restore>
    private let listener: AsyncStream<Restore>.Continuation
    private let state = Lock(State())

    /// Begins to watch.
    public init() {
        (restores, listener) = AsyncStream.makeStream()
        let interval = SnapshotWatch.interval.components
        _ = OwnThread.start { [weak self] in
            // Without a thread, or without a watch that anybody holds, nothing is noticed and nothing else is lost.
            while self?.tick() == true {
                var rest = timespec(tv_sec: Int(interval.seconds), tv_nsec: 0)
                // All signals but a stop are blocked here, and a stop does not shift its end.
                clock_nanosleep(CLOCK_MONOTONIC, 0, &rest, nil)
            }
        }
    }

    /// A connection turned out to be dead.
    func connectionDied() {
        let now = ClockReading.time(of: CLOCK_MONOTONIC)
        if let restore = state.withLock({ $0.watch.connectionDied(at: now) }) { notice(restore) }
    }

    /// Tells of a restore.
    func notice(_ restore: Restore) {
        listener.yield(restore)
    }

    /// Ends the watch; its thread within a second.
    func stop() {
        state.withLock { $0.isStopped = true }
        listener.finish()
    }

    deinit {
        listener.finish()
    }

    /// Returns whether to go on.
    private func tick() -> Bool {
        let reading = ClockReading.now()
        let (restore, goesOn) = state.withLock { state in
            state.isStopped ? (nil, false) : (state.watch.tick(reading), true)
        }
        if let restore { notice(restore) }
        return goesOn
    }
}
