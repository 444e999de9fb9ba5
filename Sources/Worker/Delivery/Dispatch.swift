import ColdStart
import Delivery
import Jobs
import Logging
import Support

/// One parcel on its way to the queue: offered until the queue has taken all of it, and kept on the disk as soon as that
/// did not work at once.
///
/// The healthy path touches no disk: what a crash loses there, the queue hands out again, because it is missing from the
/// heartbeat.
actor Dispatch {
    /// How it ended.
    enum Ending: Sendable, Hashable {
        case delivered
        /// The queue will never take it, or its time is over. It is kept; nil: it could not be.
        case setAside(path: String?)
        /// Another worker of this state folder has it.
        case elsewhere
        /// The worker ends before it was taken. True: it is on the disk for the next worker.
        case unfinished(isSaved: Bool)
    }

    private enum Place {
        case memory(Parcel)
        case disk(StoredParcel)
    }

    private let mailroom: Mailroom
    private let address: ReturnAddress
    private let finished: Int
    private let logger: Logger
    private let changed: @Sendable (Backlog.Item) async -> Void

    private var place: Place
    private var saving: Task<Void, Never>?
    /// Chunks that were taken while the file with them was being written.
    private var takenWhileSaving = 0
    private var plan: DeliveryPlan
    private var answersBefore: Int?
    /// The worker ends: a chunk that is not taken keeps its result from going no more.
    private var isHurried = false
    private var leavesOutChunks = false
    /// The result was refused, and its client is being told so.
    private var refusedTo: String??

    /// A parcel fresh from its job.
    ///
    /// - Parameter changed: told what waits and where, from the first failure on
    init(
        _ parcel: Parcel,
        _ mailroom: Mailroom,
        logger: Logger,
        changed: @escaping @Sendable (Backlog.Item) async -> Void
    ) {
        self.init(.memory(parcel), parcel.address, parcel.finished, mailroom, logger, changed)
    }

    /// A parcel that lies in the outbox.
    init(
        _ stored: StoredParcel,
        _ mailroom: Mailroom,
        logger: Logger,
        changed: @escaping @Sendable (Backlog.Item) async -> Void
    ) {
        self.init(.disk(stored), stored.address, stored.finished, mailroom, logger, changed)
    }

    private init(
        _ place: Place,
        _ address: ReturnAddress,
        _ finished: Int,
        _ mailroom: Mailroom,
        _ logger: Logger,
        _ changed: @escaping @Sendable (Backlog.Item) async -> Void
    ) {
        self.place = place
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
        await settleSaving()
        if case .disk = place { return .unfinished(isSaved: true) }
        return .unfinished(isSaved: false)
    }

    /// Puts it on the disk, unless it is there. While a worker drains it may be killed at any time.
    func save() async {
        guard case .memory(let parcel) = place, let outbox = mailroom.outbox else { return }
        if saving == nil { saving = Task { await store(parcel, outbox) } }
        await settleSaving()
    }

    /// The worker ends soon.
    func hurry() {
        isHurried = true
    }

    /// The queue does not want it any more.
    func discard() async {
        await settleSaving()
        if case .disk(let stored) = place { await mailroom.outbox?.remove(stored) }
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
    }

    private func turn() async -> Turn {
        guard case .disk = place else { return await offer() }
        // From the disk a few at a time: a thousand results that waited for the queue must not all be in memory at once.
        guard await mailroom.turnstile.enter() else { return .again }
        defer { mailroom.turnstile.leave() }
        return await offer()
    }

    private func offer() async -> Turn {
        guard let ticket = try? await mailroom.gate.pass(.result) else { return .again }
        guard let parcel = await parcelNow() else { return .over(.elsewhere) }
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

    /// Nil: another worker has it.
    private func parcelNow() async -> Parcel? {
        switch place {
        case .memory(let parcel): return parcel
        case .disk(let stored):
            do {
                return try await mailroom.outbox?.load(stored)
            } catch {
                logger.error("\(error)")
                return nil
            }
        }
    }

    private func taken(_ piece: Piece) async -> Turn {
        plan.succeeded()
        answersBefore = nil
        guard case .chunk = piece else {
            await settleSaving()
            if case .disk(let stored) = place { await mailroom.outbox?.remove(stored) }
            if let refusedTo { return .over(.setAside(path: refusedTo)) }
            return .over(.delivered)
        }
        await forgetFirstChunk()
        return .again
    }

    private func forgetFirstChunk() async {
        switch place {
        case .memory(var parcel):
            parcel.chunks.removeFirst()
            place = .memory(parcel)
            if saving != nil { takenWhileSaving += 1 }
        case .disk(let stored):
            if let outbox = mailroom.outbox { place = .disk(await outbox.acknowledgedChunk(of: stored)) }
        }
    }

    private func failed(_ piece: Piece, _ parcel: Parcel, _ failure: QueueFailure) async -> Turn {
        var generator = SystemRandomNumberGenerator()
        var isChunk = false
        if case .chunk = piece { isChunk = true }
        let answers = mailroom.gate.answers
        let queueAnswers = answers > answersBefore ?? answers
        answersBefore = answers
        if isChunk, isHurried { leavesOutChunks = true }
        let now = Timestamp.now.milliseconds
        switch plan.failed(failure, isChunk: isChunk, queueAnswers: queueAnswers, at: now, using: &generator) {
        case .again:
            await keep()
            return .again
        case .retry(let wait):
            await keep()
            logger.debug("not taken: \(failure); again in \(wait.milliseconds) ms")
            return .later(wait)
        case .reject where isChunk:
            logger.error("the queue takes no more chunks of this job (\(failure)); its result holds them all")
            leavesOutChunks = true
            return .again
        case .reject:
            return await refused(parcel, failure)
        case .expire:
            let path = await setAside(parcel, Rejection("its time was over", failure))
            logger.error("the result was offered for \(mailroom.patience.milliseconds / 3_600_000) h in vain (\(failure)); \(Self.place(path))")
            return .over(.setAside(path: path))
        }
    }

    // MARK: Refusals

    /// A body that will never be taken: kept for its owner, and the client told, who would else wait for ever.
    private func refused(_ parcel: Parcel, _ failure: QueueFailure) async -> Turn {
        if let refusedTo {
            logger.warning("the queue does not take the news of it either: \(failure)")
            return .over(.setAside(path: refusedTo))
        }
        let path = await setAside(parcel, Rejection("the queue refused it", failure))
        logger.error("the queue refused the result for good: \(failure); \(Self.place(path))")
        let notice = JobResult.failure(
            "the job was done, but the queue refused its result of \(parcel.result.count) bytes for good (\(failure)); "
                + "ask for less output. The worker's owner finds it in the outbox under rejected/"
        )
        place = .memory(Parcel(address: address, result: mailroom.queue.body(of: notice), finished: finished))
        plan = DeliveryPlan(until: mailroom.deadline(of: finished))
        refusedTo = .some(path)
        return .again
    }

    private func setAside(_ parcel: Parcel, _ rejection: Rejection) async -> String? {
        await settleSaving()
        do {
            let path = try await mailroom.outbox?.reject(parcel, because: rejection)
            if case .disk(let stored) = place { await mailroom.outbox?.remove(stored) }
            return path
        } catch {
            logger.error("\(error)")
            return nil
        }
    }

    private static func place(_ path: String?) -> String {
        path.map { "it is kept in \($0)" } ?? "it could not be kept and is lost"
    }

    // MARK: The disk

    /// It failed once: from now on it is on the disk. Said before that, too, because a slow disk must slow down the taking
    /// of jobs.
    private func keep() async {
        if case .memory = place { await noteWaiting() }
        await save()
        await noteWaiting()
    }

    private func noteWaiting() async {
        switch place {
        case .disk(let stored): await changed(Backlog.Item(bytes: stored.bytes, isSaved: true))
        case .memory(let parcel): await changed(Backlog.Item(bytes: parcel.size, isSaved: mailroom.outbox == nil))
        }
    }

    /// Afterwards the parcel is where `place` says it is, unless the caller's patience ended first: a mount may hang. The
    /// writing itself is never cancelled, or nobody would know whether there is a file.
    private func settleSaving() async {
        guard let saving else { return }
        let (wait, done) = AsyncStream<Void>.makeStream()
        Task {
            await saving.value
            done.finish()
        }
        for await _ in wait {}
    }

    private func store(_ parcel: Parcel, _ outbox: Outbox) async {
        takenWhileSaving = 0
        defer { saving = nil }
        guard var stored = try? await outbox.store(parcel) else { return }
        // The file still holds what was taken while it was written.
        while takenWhileSaving > 0 {
            takenWhileSaving -= 1
            stored = await outbox.acknowledgedChunk(of: stored)
        }
        place = .disk(stored)
    }
}

extension Rejection {
    fileprivate init(_ reason: String, _ failure: QueueFailure) {
        var status: Int?
        if case .status(let given) = failure.kind { status = given }
        self.init(reason: reason, status: status, answer: failure.answer)
    }
}
