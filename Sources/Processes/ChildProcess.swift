import CPosix
import Glibc
import Support

/// A program that runs as our child, in a process group of its own.
///
/// It ends in one of three ways, and in each nothing of its group is left: by itself, by `end(grace:)`, or with us (the
/// kernel then sends it SIGTERM; what it had started itself is for the next worker's `OrphanSweep`). Letting go of this
/// value does not end it.
///
/// Two threads serve a child. One forks it, waits for its death, kills the rest of the group and reaps it. The other
/// reads its outputs.
public final class ChildProcess: Sendable {
    /// Its pid, which is its group's id too.
    public let pid: Int32

    private typealias Waiter = CheckedContinuation<ExitStatus?, Never>

    private let lifetime = Lock(Lifetime<Waiter>())
    private let tail = Lock(LineTail())
    private let groupIsDead: Latch
    private let outputIsDelivered: Latch

    private init(pid: Int32, groupIsDead: Latch, outputIsDelivered: Latch) {
        self.pid = pid
        self.groupIsDead = groupIsDead
        self.outputIsDelivered = outputIsDelivered
    }

    // MARK: - Waiting

    /// How it ended; nil while it runs.
    public var exitStatus: ExitStatus? { lifetime.withLock { $0.status } }

    /// The last lines of both outputs, 20 at most, long ones shortened: for error messages. Complete once it has ended.
    public var lastLines: [String] { tail.withLock { $0.lines } }

    /// Returns when it is dead, its group is dead and its lines are delivered. Any number may wait.
    ///
    /// Cancelling the task does not end the wait: to wait beside something else, take `exitUnlessCancelled()`.
    public func exit() async -> ExitStatus {
        let status = await withCheckedContinuation { (waiter: Waiter) in
            let ended = lifetime.withLock { $0.wait($0.newWaiter(), waiter) }
            if let ended { waiter.resume(returning: ended) }
        }
        // Only `exitUnlessCancelled` ever tells a waiter nil.
        return status ?? .exited(-1)
    }

    /// As `exit()`, but a cancelled task stops waiting; the child runs on.
    public func exitUnlessCancelled() async throws(CancellationError) -> ExitStatus {
        let id = lifetime.withLock { $0.newWaiter() }
        let status = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: Waiter) in
                // A cancellation before this line is seen here; after it, its handler finds the waiter.
                let ended = lifetime.withLock { $0.wait(id, waiter) }
                if let ended {
                    waiter.resume(returning: ended)
                } else if Task.isCancelled {
                    stopWaiting(id)
                }
            }
        } onCancel: {
            stopWaiting(id)
        }
        guard let status else { throw CancellationError() }
        return status
    }

    private func stopWaiting(_ id: Int) {
        lifetime.withLock { $0.stopWaiting(id) }?.resume(returning: nil)
    }

    // MARK: - Ending

    /// Ends it for certain: SIGTERM to the group, and SIGKILL after `grace` if the child has not ended by then. Whoever
    /// of its group is left when the child ends is killed in any case.
    ///
    /// May be called often and by many: there is one SIGTERM, and the shortest grace counts. Goes on when the task is
    /// cancelled.
    @discardableResult
    public func end(grace: Duration) async -> ExitStatus {
        lifetime.withLock { if $0.askToEnd() { kill(-pid, SIGTERM) } }
        // A task of its own, because a sleep in a cancelled one returns at once.
        let killer = Task {
            try await Task.sleep(for: grace)
            signal(SIGKILL)
        }
        let status = await exit()
        killer.cancel()
        return status
    }

    /// Sends a signal to the whole group. Nothing happens once the child is dead.
    public func signal(_ signal: Int32) {
        // Under the lock, so that the group id cannot pass to somebody else between the question and the signal.
        lifetime.withLock { if $0.maySignal { kill(-pid, signal) } }
    }
}

// MARK: - The two threads

extension ChildProcess {
    /// Starts the command and returns when its program is executing.
    ///
    /// - Parameter onLine: called for every line it writes, on a thread of its own. It may block; then the child's
    ///   pipes fill and the child waits.
    public static func spawn(
        _ command: Command,
        onLine: @escaping @Sendable (OutputLine) -> Void = { _ in }
    ) async throws(SpawnError) -> ChildProcess {
        let outcome: Result<ChildProcess, SpawnError> = await Handover.wait { handover in
            let error = OwnThread.start {
                do throws(SpawnError) {
                    let child = try launch(command, onLine: onLine)
                    handover.pass(.success(child))
                    child.awaitDeath()
                } catch {
                    handover.pass(.failure(error))
                }
            }
            if error != 0 { handover.pass(.failure(.noResources(error, for: command))) }
        }
        return try outcome.get()
    }

    private static func launch(
        _ command: Command,
        onLine: @escaping @Sendable (OutputLine) -> Void
    ) throws(SpawnError) -> ChildProcess {
        let groupIsDead: Latch
        let outputIsDelivered: Latch
        do throws(Errno) {
            groupIsDead = try Latch()
            outputIsDelivered = try Latch()
        } catch {
            throw .noResources(error.code, for: command)
        }
        let started = try Launch.start(command)
        let child = ChildProcess(pid: started.pid, groupIsDead: groupIsDead, outputIsDelivered: outputIsDelivered)
        let error = OwnThread.start {
            var reader = OutputReader(
                standardOutput: started.standard_output,
                standardError: started.standard_error,
                groupIsDead: groupIsDead
            ) { line in
                child.tail.withLock { $0.append(line.text) }
                onLine(line)
            }
            reader.run()
            outputIsDelivered.open()
        }
        guard error == 0 else {
            close(started.standard_output)
            close(started.standard_error)
            outputIsDelivered.open()
            child.signal(SIGKILL)
            child.awaitDeath()
            throw .noResources(error, for: command)
        }
        return child
    }

    /// The rest of the waiting thread's life.
    private func awaitDeath() {
        let isZombie = csystem_await_death(pid) == 0
        if isZombie { killGroup() }
        let status = reap()
        groupIsDead.open()
        // What it wrote comes before its end, unless a line's receiver hangs: its end must not hang with it.
        outputIsDelivered.wait(atMost: .seconds(2))
        for waiter in lifetime.withLock({ $0.ended(status) }) { waiter.resume(returning: status) }
    }

    /// Kills what the dead child has left of its group and waits until it is gone, because the next engine wants its
    /// memory. The child is still a zombie, so the group id is still ours.
    private func killGroup() {
        signal(SIGKILL)
        let deadline = ContinuousClock.now + .seconds(5)
        let members = ProcessTable.pids().filter { $0 != pid && ProcessTable.record(of: $0)?.group == pid }
        for handle in members.map(ProcessHandle.init) { handle?.waitForDeath(deadline: deadline) }
    }

    private func reap() -> ExitStatus {
        var exit = csystem_exit()
        // Under the lock: from here on nobody may use the group id.
        let error = lifetime.withLock {
            $0.reaped()
            return csystem_reap(pid, &exit)
        }
        guard error == 0 else { return .exited(-1) }
        return exit.signal != 0 ? .signalled(exit.signal) : .exited(exit.code)
    }
}

extension SpawnError {
    fileprivate static func noResources(_ error: Int32, for command: Command) -> SpawnError {
        SpawnError(stage: CSYSTEM_STAGE_PIPE, error: error, command: command, file: .binary)
    }
}
