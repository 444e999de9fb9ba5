import Delivery
import Jobs
import Logging

// What waits for the queue: counted, kept alive on the disk, and taken over from workers that are no more.

extension Worker {
    /// How often workers of this state folder see that this one lives.
    private static let beat = Duration.seconds(15)
    /// Every so many beats the outbox is searched for what dead workers left: a look at a folder, once in five minutes.
    private static let search = 20

    /// Delivers what earlier lives of this worker, and others that died, left in the outbox: beside the first poll, which
    /// does not wait for it, because the state folder may be a slow network volume.
    func lookAfterOutbox() async {
        guard let outbox = mailroom.outbox else { return }
        var beats = 0
        while !Task.isCancelled {
            if backlog.count > 0 { await outbox.beat() }
            if beats % Self.search == 0 { await adopt(outbox.recover(where: mailroom.queue.owns), outbox) }
            beats += 1
            try? await Task.sleep(for: Self.beat)
        }
    }

    /// The oldest answer of each job is delivered, and no other.
    private func adopt(_ parcels: [StoredParcel], _ outbox: Outbox) async {
        var superfluous: [StoredParcel] = []
        for parcel in parcels where deadline == nil {
            let id = parcel.address.job
            // A job that was handed out again before this was found: its answer is on its way already, or its client has
            // read the beginning of another one.
            if let entry = work[id], entry.isClosing || entry.dispatch != nil || entry.courier?.hasOutput ?? true {
                superfluous.append(parcel)
                continue
            }
            perform(arbiter.handle(.adopted([id])))
            begin(id) { worker, token in
                let logger = worker.logger(for: id)
                logger.info("its result, finished earlier, is in the outbox and goes to the queue now")
                let dispatch = Dispatch(parcel, worker.mailroom, logger: logger) { [weak worker] item in
                    await worker?.updateBacklog(id, item, token: token)
                }
                let item = Backlog.Item(bytes: parcel.bytes, isSaved: true)
                await worker.deliver(dispatch, item, of: id, token: token, logger: logger)
            }
            // Until its task has made the dispatch, a second one of the same job must see it.
            work[id]?.isClosing = true
        }
        for parcel in superfluous { await outbox.remove(parcel) }
    }

    /// What is known of a result that waits, from whoever carries it now: one that was stopped has nothing to say.
    func updateBacklog(_ id: String, _ item: Backlog.Item, token: Int) {
        if work[id]?.token == token { updateBacklog(id, item) }
    }

    /// Nil: it waits no longer.
    func updateBacklog(_ id: String, _ item: Backlog.Item?) {
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
