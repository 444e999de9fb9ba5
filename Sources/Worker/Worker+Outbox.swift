import Delivery
import Jobs
import Logging

// What waits for the queue: counted, kept alive on the disk, and taken over from workers that are no more.

extension Worker {
    /// How often workers of this state folder see that this one lives.
    private static let beat = Duration.seconds(15)
    /// Every so many beats the outbox is searched for what dead workers left: a look at a folder, once in five minutes.
    private static let search = 20

    /// Delivers what earlier lives of this worker, and others that died, left in the outbox.
    ///
    /// After the first poll, in the background: a job may be waiting, and the state folder may be a slow network volume.
    func lookAfterOutbox() async {
        guard let outbox = mailroom.outbox else { return }
        var beats = 0
        while !Task.isCancelled {
            if backlog.count > 0 { await outbox.beat() }
            if beats % Self.search == 0 { adopt(await outbox.recover(where: mailroom.queue.owns)) }
            beats += 1
            try? await Task.sleep(for: Self.beat)
        }
    }

    private func adopt(_ parcels: [StoredParcel]) {
        guard deadline == nil else { return }
        for parcel in parcels {
            let id = parcel.address.job
            // One that we put there ourselves a moment ago; or a second one of the same job: after the first.
            guard work[id]?.dispatch == nil else { continue }
            perform(arbiter.handle(.adopted([id])))
            begin(id) { worker, token in
                let logger = worker.logger(for: id)
                logger.info("its result, finished earlier, is in the outbox and goes to the queue now")
                let dispatch = Dispatch(parcel, worker.mailroom, logger: logger) { [weak worker] item in
                    await worker?.waiting(id, item)
                }
                let item = Backlog.Item(bytes: parcel.bytes, isSaved: true)
                await worker.deliver(dispatch, item, of: id, token: token, logger: logger)
            }
        }
    }

    /// What is known of a result that waits; nil: it waits no longer.
    func waiting(_ id: String, _ item: Backlog.Item?) {
        guard backlog.update(id, item) else { return }
        if backlog.isFull {
            logger.error(
                "\(backlog.count) results wait for the queue: no more jobs are taken until some are delivered"
            )
        } else {
            logger.info("jobs are taken again")
        }
        perform(arbiter.handle(.backlog(isFull: backlog.isFull)))
    }
}
