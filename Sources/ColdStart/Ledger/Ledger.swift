/// How much of a ledger lies in one file, and how long it is kept.
public struct LedgerLimits: Sendable, Hashable {
    /// Bytes after which the running file is packed away: some two thousand records.
    public let fileSize: Int
    /// Days for which records are kept at least.
    public let days: Int

    /// - Parameter days: less than 90 counts as 90
    public init(fileSize: Int = 2 << 20, days: Int = 400) {
        self.fileSize = max(1, fileSize)
        self.days = min(max(90, days), 100_000)
    }
}

/// The append-only record of a worker's model initialisations: `ledger-<worker>.jsonl` in the state folder, each line with
/// the SHA-256 of the one before it.
///
/// Appending returns at once; lines are written and synced on a thread of their own. A disk that does not take them is
/// reported once an outage, and the next record says how many were lost.
public final class Ledger: Sendable {
    private let queue: BackgroundQueue<LedgerEntry, LedgerFile>
    private let trouble: TroubleReport
    private let path: String

    /// - Parameters:
    ///   - folder: the state folder; made if it is not there
    ///   - worker: goes into the names of its files
    ///   - clock: decides what is old enough to be deleted
    ///   - onAppend: gets each record's place in the chain once it is on the disk. Whoever logs it has a witness that the
    ///     one who can rewrite the folder cannot rewrite
    ///   - onTrouble: gets the reason, once an outage
    public init(
        folder: String,
        worker: String,
        limits: LedgerLimits = LedgerLimits(),
        clock: @escaping @Sendable () -> Timestamp = { .now },
        onAppend: @escaping @Sendable (LedgerLink) -> Void = { _ in },
        onTrouble: @escaping @Sendable (FileTrouble) -> Void
    ) {
        let names = LedgerNames(folder: folder, worker: worker)
        let trouble = TroubleReport(onTrouble)
        path = names.running
        self.trouble = trouble
        queue = BackgroundQueue(state: LedgerFile(names: names, limits: limits)) { entry, file in
            trouble.report { () throws(FileTrouble) in onAppend(try file.append(entry, now: clock())) }
        }
    }

    /// Appends a record. Returns at once.
    public func append(_ entry: LedgerEntry) {
        do {
            try queue.add(entry)
        } catch {
            trouble.refused("append to", path, error)
        }
    }

    /// Returns true when all records so far are on the disk, false when that takes too long: before the process ends.
    @discardableResult
    public func flush(within time: Duration = .seconds(5)) async -> Bool {
        await queue.flush(within: time)
    }
}
