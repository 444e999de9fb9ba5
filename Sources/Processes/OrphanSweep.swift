import Glibc
import Support

/// Finds what children of a killed worker left running, and kills it.
///
/// `kill -9` gives a worker no chance to end its engine. The kernel then sends SIGTERM to the engine itself, but not to
/// what that has started: a model runner that misses its end keeps its memory for good.
public enum OrphanSweep {
    /// A process that was found and killed.
    public struct Orphan: Sendable, Hashable {
        /// Its pid.
        public let pid: Int32
        /// Its program's name, at most 15 bytes.
        public let name: String
        /// The dead process that it, or the one that started it, was started by.
        public let owner: Owner
    }

    /// Kills (SIGKILL) every process whose owner marker names a process that lives no more, waits until they are dead
    /// (5 s at most), and returns them for the log.
    ///
    /// Processes that we may not look into and those of other PID namespaces are left alone.
    public static func run() async -> [Orphan] {
        await Handover.wait { handover in
            let error = OwnThread.start { handover.pass(sweep()) }
            // No thread to be had: a few milliseconds of blocking are better than a lost gigabyte.
            if error != 0 { handover.pass(sweep()) }
        }
    }

    private static func sweep() -> [Orphan] {
        guard let namespace = ProcessTable.namespace(of: getpid()) else { return [] }
        let deadline = ContinuousClock.now + .seconds(5)
        var orphans: [Int32: Orphan] = [:]
        // Again until nothing is found: one that was just forking when it was killed leaves a child unseen.
        while ContinuousClock.now < deadline {
            var handles: [ProcessHandle?] = []
            for pid in ProcessTable.pids() where orphans[pid] == nil && ProcessTable.namespace(of: pid) == namespace {
                let handle = ProcessHandle(pid)
                guard let orphan = kill(orphan: pid, through: handle) else { continue }
                orphans[pid] = orphan
                handles.append(handle)
            }
            if handles.isEmpty { break }
            for handle in handles { handle?.waitForDeath(deadline: deadline) }
        }
        return orphans.values.sorted { $0.pid < $1.pid }
    }

    /// The handle was there before: whatever is now read of the pid is about the process that the handle kills, or about
    /// one that came after its death, and then the signal goes nowhere.
    private static func kill(orphan pid: Int32, through handle: ProcessHandle?) -> Orphan? {
        guard let environment = ProcessTable.environment(of: pid), let owner = Owner(environment: environment),
            !owner.isAlive, let record = ProcessTable.record(of: pid), !record.isDead
        else { return nil }
        let isKilled = handle?.signal(SIGKILL) ?? (Glibc.kill(pid, SIGKILL) == 0)
        return isKilled ? Orphan(pid: pid, name: record.name, owner: owner) : nil
    }
}
