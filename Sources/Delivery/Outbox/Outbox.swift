public import Jobs
import Support

/// Results on disk until the queue has them.
///
/// A parcel is one file, there whole or not at all; what the queue has taken of it is part of the file's name. When a
/// result is stored, sent again or given up is decided elsewhere. Nothing touches the disk before the first call, and all
/// that does runs on a thread of its own, in order: a volume that hangs keeps the callers waiting and nobody else, and a
/// caller that is cancelled waits no longer.
///
///     $KINDLING_STATE/outbox/<worker>/001763719200000-9f86d081884c7d65-5feceb66ffc86f38.2
///     $KINDLING_STATE/outbox/rejected/001763719200000-….json
public final class Outbox: Sendable {
    private let findPlace: @Sendable () async -> OutboxPlace?
    private let policy: OutboxDisk.Policy
    private let tell: @Sendable (OutboxNews) -> Void
    private let lane = Pledge<DiskLane<OutboxDisk>?>()
    private let isOpening = Lock(false)

    /// - Parameters:
    ///   - place: asked once, at the first need; nil if this worker can write nowhere
    ///   - onNews: what an operator should hear; called on the outbox's thread, so it must not wait for the outbox
    public convenience init(
        place: @escaping @Sendable () async -> OutboxPlace?,
        onNews: @escaping @Sendable (OutboxNews) -> Void = { _ in }
    ) {
        self.init(place: place, policy: OutboxDisk.Policy(), onNews: onNews)
    }

    init(
        place: @escaping @Sendable () async -> OutboxPlace?,
        policy: OutboxDisk.Policy,
        onNews: @escaping @Sendable (OutboxNews) -> Void = { _ in }
    ) {
        findPlace = place
        self.policy = policy
        tell = onNews
    }

    /// Writes a parcel. When it returns, the file is on the disk and the caller may drop the bodies.
    ///
    /// After a failure nothing of it is there, but for one: a caller that was cancelled does not know.
    public func store(_ parcel: Parcel) async throws(OutboxTrouble) -> StoredParcel {
        try await onDisk { disk throws(OutboxTrouble) in try disk.store(parcel) }
    }

    /// Reads a parcel, without the chunks that the queue has taken. Nil: another worker has it now, or it is damaged; then
    /// it must not be sent. To be called before each attempt to send it, since it is that question, too.
    public func load(_ stored: StoredParcel) async throws(OutboxTrouble) -> Parcel? {
        try await onDisk { disk throws(OutboxTrouble) in try disk.load(stored) }
    }

    /// The queue has taken the first chunk that was left. Returns the parcel with one less, whether or not the disk took
    /// the news; if it did not, a worker after this one sends that chunk again.
    public func acknowledgedChunk(of stored: StoredParcel) async -> StoredParcel {
        var stored = stored
        stored.acknowledged = min(stored.acknowledged + 1, stored.chunks)
        let now = stored
        await quietly { $0.record(now) }
        return stored
    }

    /// The queue has taken it all, or it is given up. A file that the disk does not let go is never loaded again, and
    /// tried again at each ``beat()``.
    public func remove(_ stored: StoredParcel) async {
        await quietly { $0.remove(stored) }
    }

    /// Keeps a parcel that the queue will never take as readable JSON, with the reason beside it. Returns the path of the
    /// result. The youngest gigabyte of the last seven days is kept.
    public func reject(_ parcel: Parcel, because rejection: Rejection) async throws(OutboxTrouble) -> String {
        try await onDisk { disk throws(OutboxTrouble) in try disk.reject(parcel, because: rejection) }
    }

    /// The same for one that is stored, which leaves the outbox by it. Nil: another worker has it, or it is damaged. After
    /// a failure it is stored as before.
    public func reject(_ stored: StoredParcel, because rejection: Rejection) async throws(OutboxTrouble) -> String? {
        try await onDisk { disk throws(OutboxTrouble) in try disk.reject(stored, because: rejection) }
    }

    /// The parcels that this outbox does not know of yet, the oldest first: what an earlier worker of this name left, and
    /// what others left that are gone. Each is returned once, to one worker.
    ///
    /// A worker is gone if nobody holds its name's lock and it gave no life sign for a minute; so it pays to ask again
    /// some time after the start.
    ///
    /// - Parameter isOurs: whether this worker can deliver to an address; other results stay where they are, for those
    ///   that can
    public func recover(
        where isOurs: @escaping @Sendable (ReturnAddress) -> Bool = { _ in true }
    ) async -> [StoredParcel] {
        await quietly { $0.recover(isOurs) } ?? []
    }

    /// A life sign, at most every 15 seconds and only while something waits. Without it another worker on the same volume
    /// may take this one's parcels after a minute. Call it about as often as the heartbeat.
    public func beat() async {
        // Nothing has been stored, so there is nothing to show, and no folder to look for.
        guard isOpening.withLock({ $0 }) else { return }
        await quietly { $0.beat() }
    }

    /// For work whose failure only an operator can do something about.
    @discardableResult private func quietly<Value: Sendable>(
        _ work: @escaping @Sendable (inout OutboxDisk) -> Value
    ) async -> Value? {
        do throws(OutboxTrouble) {
            return try await onDisk { disk throws(OutboxTrouble) in work(&disk) }
        } catch {
            switch error {
            case .cancelled, .noPlace: break
            case .file, .noThread: tell(.trouble(error))
            }
            return nil
        }
    }

    private func onDisk<Value: Sendable>(
        _ work: @escaping @Sendable (inout OutboxDisk) throws(OutboxTrouble) -> Value
    ) async throws(OutboxTrouble) -> Value {
        guard let lane = await openedLane() else { throw .cancelled }
        guard let lane else { throw .noPlace }
        return try await lane.run(work)
    }

    /// Nil: cancelled. Nil within: there is no place.
    private func openedLane() async -> DiskLane<OutboxDisk>?? {
        let isFirst = isOpening.withLock { isOpening in
            defer { isOpening = true }
            return !isOpening
        }
        if isFirst {
            Task { [findPlace, policy, tell, lane] in
                lane.keep(await findPlace().map { DiskLane(OutboxDisk($0, policy: policy, tell: tell)) })
            }
        }
        return await lane.value()
    }
}
