import Glibc
import Jobs
import Support

// A resume from a snapshot: connections that lead nowhere, an engine of which nobody knows whether it lives.

extension Worker {
    /// What the check of the engine may take. It is beside the way of the next job, not in it.
    private static let checkDeadline = Duration.milliseconds(200)

    func listenForRestores() async {
        guard let watch = restores?.watch else { return }
        for await restore in watch.restores { await resumed(after: restore) }
        watch.stop()
    }

    /// Asks for jobs at once, over new connections; looks after the engine beside that.
    ///
    /// A result or chunk on its way is left alone: it may have arrived, and what did not is sent again as always.
    func resumed(after restore: Restore) async {
        guard deadline == nil else { return }
        logger.notice("resumed after \(restore.paused.milliseconds) ms: \(restore.why)")
        let start = runner.start
        start.resumed(after: restore)
        await start.phase("connections.drop") { [queue] in queue.dropConnections() }
        let actions = arbiter.handle(.resumed)
        if !actions.isEmpty { start.isPolling() }
        perform(actions)
        for channel in channels { channel.cancel() }
        restores?.remember { [logger] error in
            let reason = String(cString: strerror(error))
            logger.debug("the restore could not be remembered for KINDLING_START=auto: \(reason)")
        }
        await checkEngine()
    }

    private func checkEngine() async {
        switch await runner.verifyEngine(within: Self.checkDeadline) {
        case .alive, .notUp:
            return
        case .silent:
            logger.warning("the engine has not answered within \(Self.checkDeadline.milliseconds) ms and is asked on")
        case .modelMissing(let models):
            logger.warning("no longer in the engine's memory: \(models.joined(separator: ", "))")
            bringBack()
        case .dead(let cause):
            logger.warning("the engine did not survive the snapshot: \(cause)")
            bringBack()
        }
    }

    /// An eager worker is paid for being ready; with a lazy one the next job starts what it needs.
    private func bringBack() {
        guard configuration.startsEagerly, deadline == nil else { return }
        Task { await makeEngineReady() }
    }

    /// Runs `body` until this task is cancelled, and anew when a restore has cut it off.
    func keep(_ body: @escaping @Sendable () async -> Void) async {
        while !Task.isCancelled {
            let channel = Task { await body() }
            channels.append(channel)
            await withTaskCancellationHandler {
                await channel.value
            } onCancel: {
                channel.cancel()
            }
            channels.removeAll { $0 == channel }
            // One that ended by itself has nothing more to do: the queue has no such channel.
            guard channel.isCancelled else { return }
        }
    }
}
