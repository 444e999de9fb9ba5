import ColdStart
import Delivery
import Jobs
import Logging
import Support

/// One parcel on its way to the queue: offered until the queue has taken all of it, and kept on the disk as soon as that
/// did not work at once.
///
/// The healthy path touches no disk: what a crash loses there, the queue hands out again, because it is missing from the
/// heartbeat. Nor does the way to the queue ever wait long for the disk: a mount may hang, and the queue be back.
actor Dispatch {
    /// How it ended.
    enum Ending: Sendable, Hashable {
        case delivered
        /// The queue will never take it, or its time is over.
        case setAside
        /// Another worker of this state folder has it.
        case elsewhere
        /// The worker ends before it was taken. True: it is on the disk for the next worker.
        case unfinished(isSaved: Bool)
    }

    private let mailroom: Mailroom
    private let address: ReturnAddress
    private let finished: Int
    private let logger: Logger
    private let changed: @Sendable (Backlog.Item) async -> Void

    private var copy: ParcelCopy
    private var plan: DeliveryPlan
    private var answersBefore: Int?
    /// The worker ends: a chunk that is not taken keeps its result from going no more.
    private var isHurried = false
    private var leavesOutChunks = false
    /// The result was refused, and what is on its way is the news of that.
    private var isNotice = false
    private var hasComplained = false

    /// A parcel fresh from its job.
    ///
    /// - Parameter changed: told what waits and where, from the first failure on
    init(
        _ parcel: Parcel,
        _ mailroom: Mailroom,
        logger: Logger,
        changed: @escaping @Sendable (Backlog.Item) async -> Void
    ) {
        self.init(.init(.memory(parcel)), parcel.address, parcel.finished, mailroom, logger, changed)
    }

    /// A parcel that lies in the outbox.
    init(
        _ stored: StoredParcel,
        _ mailroom: Mailroom,
        logger: Logger,
        changed: @escaping @Sendable (Backlog.Item) async -> Void
    ) {
        self.init(.init(.disk(stored)), stored.address, stored.finished, mailroom, logger, changed)
    }

    private init(
        _ copy: ParcelCopy,
        _ address: ReturnAddress,
        _ finished: Int,
        _ mailroom: Mailroom,
        _ logger: Logger,
        _ changed: @escaping @Sendable (Backlog.Item) async -> Void
    ) {
        self.copy = copy
        self.address = address
        self.finished = finished
        self.mailroom = mailroom
        self.logger = logger
        self.changed = changed
        plan = DeliveryPlan(until: mailroom.deadline(of: finished))
    }

    // MARK: From outside

    /// Offers the parcel until it is taken, or this task is cancelled.
    func run() async -> Ending {
        while !Task.isCancelled {
            switch await turn() {
            case .again: continue
            case .later(let wait): try? await Task.sleep(for: wait)
            case .over(let ending): return ending
            }
        }
        await settle()
        return .unfinished(isSaved: copy.isStored)
    }

    /// Puts it on the disk, unless it is there. While a worker drains it may be killed at any time.
    func save() {
        guard let outbox = mailroom.outbox, let parcel = copy.beginSaving() else { return }
        let version = copy.version
        copy.saving = Task { await store(parcel, version, outbox) }
    }

    /// The worker ends soon.
    func hurry() {
        isHurried = true
    }

    /// The queue does not want it any more.
    func discard() async {
        if let stored = copy.end() { await mailroom.outbox?.remove(stored) }
    }

    // MARK: One turn

    private enum Turn {
        case again
        case later(Duration)
        case over(Ending)
    }

    private enum Piece {
        case chunk([UInt8])
        case result([UInt8])

        var isChunk: Bool {
            if case .chunk = self { true } else { false }
        }
    }

    private func turn() async -> Turn {
        guard copy.isStored else {
            // Nobody knows how long it will stand before a shut gate.
            if !mailroom.gate.isOpen { await keep() }
            return await offer()
        }
        // From the disk a few at a time: a thousand results that waited for the queue must not all be in memory at once.
        guard await mailroom.turnstile.enter() else { return .again }
        defer { mailroom.turnstile.leave() }
        return await offer()
    }

    private func offer() async -> Turn {
        guard let ticket = try? await mailroom.gate.pass(.result) else { return .again }
        let parcel: Parcel
        switch await parcelNow() {
        case .success(let found?): parcel = found
        case .success(nil): return .over(.elsewhere)
        case .failure(let trouble):
            guard trouble != .cancelled else { return .again }
            logger.warning("the stored result cannot be read now: \(trouble)")
            return .later(.seconds(1))
        }
        let piece = parcel.chunks.first.flatMap { leavesOutChunks ? nil : Piece.chunk($0) } ?? .result(parcel.result)
        do throws(QueueFailure) {
            switch piece {
            case .chunk(let body): try await mailroom.queue.stream(body, to: address)
            case .result(let body): try await mailroom.queue.finish(body, to: address)
            }
            mailroom.gate.succeeded()
        } catch {
            // Our own end says nothing about the queue.
            guard error.kind != .cancelled else { return .again }
            mailroom.gate.failed(ticket, error, of: .result)
            return await failed(piece, parcel, error)
        }
        return await taken(piece)
    }

    /// Nil: another worker has it, or the file is damaged.
    private func parcelNow() async -> Result<Parcel?, OutboxTrouble> {
        switch copy.place {
        case .memory(let parcel): return .success(parcel)
        case .disk(let stored):
            do throws(OutboxTrouble) {
                return .success(try await mailroom.outbox?.load(stored))
            } catch {
                return .failure(error)
            }
        }
    }

    private func taken(_ piece: Piece) async -> Turn {
        plan.succeeded()
        answersBefore = nil
        guard piece.isChunk else {
            // Before anything is waited for: what is saved from now on is removed again.
            if let stored = copy.end() { await mailroom.outbox?.remove(stored) }
            await settle()
            return .over(isNotice ? .setAside : .delivered)
        }
        if let stored = copy.forgetFirstChunk(), let outbox = mailroom.outbox {
            copy.update(await outbox.acknowledgedChunk(of: stored))
        }
        return .again
    }

    private func failed(_ piece: Piece, _ parcel: Parcel, _ failure: QueueFailure) async -> Turn {
        var generator = SystemRandomNumberGenerator()
        let answers = mailroom.gate.answers
        let queueAnswers = answers > answersBefore ?? answers
        answersBefore = answers
        if piece.isChunk, isHurried { leaveOutChunks() }
        let now = Timestamp.now.milliseconds
        switch plan.failed(failure, isChunk: piece.isChunk, queueAnswers: queueAnswers, at: now, using: &generator) {
        case .again:
            await keep()
            return .again
        case .retry(let wait):
            await keep()
            logger.debug("not taken: \(failure); again in \(wait.milliseconds) ms")
            return .later(wait)
        case .reject where piece.isChunk:
            logger.error("the queue takes no more chunks of this job (\(failure)); its result holds them all")
            leaveOutChunks()
            return .again
        case .reject:
            return await refused(parcel, failure)
        case .expire:
            let fate = await setAside(parcel, Rejection("its time was over", failure))
            let hours = mailroom.patience.milliseconds / 3_600_000
            logger.error("the result was offered for \(hours) h in vain (\(failure)); \(fate)")
            _ = copy.end()
            return .over(.setAside)
        }
    }

    private func leaveOutChunks() {
        leavesOutChunks = true
        plan.succeeded()
    }

    // MARK: Refusals

    /// A body that will never be taken: kept for its owner, and the client told, who would else wait for ever.
    private func refused(_ parcel: Parcel, _ failure: QueueFailure) async -> Turn {
        guard !isNotice else {
            logger.warning("the queue does not take the news of it either: \(failure)")
            if let stored = copy.end() { await mailroom.outbox?.remove(stored) }
            return .over(.setAside)
        }
        let fate = await setAside(parcel, Rejection("the queue refused it", failure))
        logger.error("the queue refused the result for good: \(failure); \(fate)")
        let notice = JobResult.failure(
            "the job was done, but the queue refused its result of \(parcel.result.count) bytes for good (\(failure)); "
                + "ask for less output"
        )
        isNotice = true
        plan = DeliveryPlan(until: mailroom.deadline(of: finished))
        copy.replace(
            with: Parcel(address: address, result: mailroom.queue.body(of: notice), finished: finished)
        )
        return .again
    }

    /// - Returns: what became of it, for the log
    private func setAside(_ parcel: Parcel, _ rejection: Rejection) async -> String {
        await settle()
        guard let outbox = mailroom.outbox else { return "there is no outbox, so it is lost" }
        do throws(OutboxTrouble) {
            switch copy.place {
            case .memory: return "it is kept in \(try await outbox.reject(parcel, because: rejection))"
            case .disk(let stored):
                guard let path = try await outbox.reject(stored, because: rejection) else {
                    return "another worker has it"
                }
                return "it is kept in \(path)"
            }
        } catch {
            let fate = copy.isStored ? "it stays in the outbox" : "it is lost"
            return "it could not be moved to rejected/ (\(error)), so \(fate)"
        }
    }

    // MARK: The disk

    /// It failed once, or waits: from now on it belongs on the disk. Said before that, too, because a slow disk must slow
    /// down the taking of jobs.
    private func keep() async {
        guard !copy.isStored else { return }
        await noteWaiting()
        save()
        await settle()
        if copy.isStored { await noteWaiting() }
    }

    private func noteWaiting() async {
        switch copy.place {
        case .disk(let stored): await changed(Backlog.Item(bytes: stored.bytes, isSaved: true))
        case .memory(let parcel): await changed(Backlog.Item(bytes: parcel.size, isSaved: mailroom.outbox == nil))
        }
    }

    /// Waits for the disk, but not longer than one may take that works.
    private func settle() async {
        if let saving = copy.saving { await saving.finished(within: .seconds(1)) }
    }

    private func store(_ parcel: Parcel, _ version: Int, _ outbox: Outbox) async {
        do throws(OutboxTrouble) {
            var stored = try await outbox.store(parcel)
            // The file still holds what was taken while it was written.
            while copy.takeMissedChunk(version) { stored = await outbox.acknowledgedChunk(of: stored) }
            if !copy.saved(stored, version) { await outbox.remove(stored) }
        } catch {
            copy.savingFailed(version)
            // It is tried again at each turn; said once.
            logger.log(
                level: hasComplained ? .debug : .warning,
                "a result that waits for the queue is in memory only: \(error)"
            )
            hasComplained = true
        }
    }
}

extension Rejection {
    fileprivate init(_ reason: String, _ failure: QueueFailure) {
        var status: Int?
        if case .status(let given) = failure.kind { status = given }
        self.init(reason: reason, status: status, answer: failure.answer)
    }
}
