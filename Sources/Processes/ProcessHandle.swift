import CPosix
import Glibc

/// A hold on one process that need not be our child: a signal through it can never hit another that got its number.
final class ProcessHandle: Sendable {
    private let descriptor: Int32

    /// Nil if the process is gone, or the kernel is older than 5.3 or does not let us.
    init?(_ pid: Int32) {
        descriptor = csystem_pidfd_open(pid)
        if descriptor < 0 { return nil }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether the signal went out.
    func signal(_ signal: Int32) -> Bool {
        csystem_pidfd_signal(descriptor, signal) == 0
    }

    /// Blocks until the process is dead, or the deadline is over.
    func waitForDeath(deadline: ContinuousClock.Instant) {
        _ = waitUntilReadable(descriptor, deadline: deadline)
    }
}
