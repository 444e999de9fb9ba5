import ColdStart
import JSON
import Logging
import Support

/// What outlives this process: its starts, and the ledger of its model initialisations.
///
/// Records are written by one task, in order, beside the start.
final class Records: Sendable {
    private enum Entry {
        /// A model was initialised, or was not.
        case initialisation(KeptStart)
        /// A start is over, its first result delivered.
        case start(KeptStart)
        case flush(AsyncStream<Void>.Continuation)
    }

    private let entries: AsyncStream<Entry>.Continuation

    init(_ settings: Settings, _ state: SharedState, _ logger: Logger) {
        let (stream, entries) = AsyncStream<Entry>.makeStream()
        self.entries = entries
        let days = settings[Catalogue.ledgerDays]
        Task {
            var books: Books?
            // One try: a folder that could not be written a moment ago is not worth a warning at each start.
            var isOpened = false
            for await entry in stream {
                switch entry {
                case .flush(let done):
                    await books?.flush()
                    done.finish()
                case .initialisation, .start:
                    if !isOpened { books = await Books.open(state, days: days, logger) }
                    isOpened = true
                    books?.write(entry)
                }
            }
        }
    }

    /// A model initialisation is over.
    func initialised(_ timeline: Timeline, error: String?) {
        entries.yield(.initialisation(Self.kept(timeline, error)))
    }

    /// A start is over.
    func started(_ timeline: Timeline, error: String? = nil) {
        entries.yield(.start(Self.kept(timeline, error)))
    }

    /// Returns when all so far is on the disk, or after the limit: a mount that hangs must not keep a worker from ending.
    func flush(within limit: Duration = .seconds(3)) async {
        let (waiting, done) = AsyncStream<Void>.makeStream()
        entries.yield(.flush(done))
        let timer = Task {
            try? await Task.sleep(for: limit)
            done.finish()
        }
        for await _ in waiting {}
        timer.cancel()
    }

    /// The worker's name is not known before its folder is.
    private static func kept(_ timeline: Timeline, _ error: String?) -> KeptStart {
        let began = Timestamp.now + ContinuousClock.now.duration(to: timeline.origin)
        return KeptStart(began: began, worker: "", error: error, floor: Floor(of: timeline), timeline: timeline)
    }

    /// The open files.
    private struct Books {
        let worker: String
        let archive: StartArchive
        let ledger: Ledger

        /// Nil: nothing can be written anywhere, which was said.
        static func open(_ state: SharedState, days: Int, _ logger: Logger) async -> Books? {
            guard let folder = await state.open() else {
                logger.warning("no state folder can be written (\(state.advice)): starts are not kept")
                return nil
            }
            logger.info("records: \(folder.path), since \(folder.reason)", metadata: ["worker": "\(folder.worker)"])
            return Books(
                worker: folder.worker,
                archive: StartArchive(folder: folder.path, worker: folder.worker) { logger.warning("\($0)") },
                ledger: Ledger(
                    folder: folder.path,
                    worker: folder.worker,
                    limits: LedgerLimits(days: days),
                    onAppend: { link in logger.info("ledger: record \(link.sequence) has the SHA-256 \(link.sha256)")
                    },
                    onTrouble: { logger.warning("\($0)") }
                )
            )
        }

        func write(_ entry: Entry) {
            switch entry {
            case .initialisation(let start): ledger.append(LedgerEntry(named(start)))
            case .start(let start): archive.keep(named(start))
            case .flush: break
            }
        }

        func flush() async {
            _ = await ledger.flush()
            _ = await archive.flush()
        }

        private func named(_ start: KeptStart) -> KeptStart {
            KeptStart(
                began: start.began,
                worker: worker,
                error: start.error,
                floor: start.floor,
                timeline: start.timeline
            )
        }
    }
}

extension Floor {
    /// What the load's own reader measured of its storage.
    init?(of timeline: Timeline) {
        let facts = timeline.attributes
        guard let bytes = facts["load_bytes"]?.int, let bandwidth = facts["load_bytes_per_second"]?.double else {
            return nil
        }
        self.init(bytes: bytes, bytesPerSecond: bandwidth, source: facts["bandwidth_source"]?.string ?? "not known")
    }
}
