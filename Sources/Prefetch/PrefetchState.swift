/// A prefetch under way: which block comes next, how many readers there should be, when it is over.
///
/// Pure: readers ask for blocks and tell what became of them; the answers are for them to perform.
struct PrefetchState: Sendable {
    /// What became of a block.
    enum Outcome: Sendable, Hashable {
        /// It was in memory.
        case resident
        /// It came from the volume, by this way.
        case arrived(bytes: Int, PrefetchReport.Method)
        case failed(FileFailure)
    }

    /// The reader numbers that are running; the first is 0.
    private(set) var running: Set<Int> = []
    private(set) var report: PrefetchReport
    private var cursor: BlockCursor
    private var tuner: Tuner
    private let began: ContinuousClock.Instant
    private let isNetwork: Bool
    private var end: PrefetchReport.End?
    private var bytesBy: [PrefetchReport.Method: Int] = [:]

    /// - Parameter isNetwork: such a volume rewards many readers, so it is not begun with one
    init(sizes: [Int], isNetwork: Bool, blockSize: Int = PrefetchState.blockSize, at moment: ContinuousClock.Instant) {
        cursor = BlockCursor(sizes: sizes, blockSize: blockSize)
        tuner = Tuner(first: isNetwork ? Self.boldReaders : 1, most: Self.mostReaders)
        self.isNetwork = isNetwork
        report = PrefetchReport(end: .complete, bytesTotal: sizes.reduce(0, +))
        began = moment
    }

    /// Small enough that stopping is prompt, large enough that a round trip of 5 ms is a small part of it.
    static let blockSize = 4 << 20
    /// Measured on a simulated volume (5 ms, 200 MB/s a stream, 1 GB/s in all): 4 readers 496 MB/s, 8 960, 16 975.
    static let boldReaders = 8
    static let mostReaders = 16
    /// Bytes a second above which a local disk keeps up with whoever maps a file: faults were seen to take 1.6 GB/s.
    static let fastEnough = 2.5e9

    /// Whether it is over; readers may be finishing their last block.
    var isEnding: Bool { end != nil }

    var progress: PrefetchProgress {
        PrefetchProgress(done: report.bytesRead + report.bytesResident, total: report.bytesTotal)
    }

    /// The numbers of readers to be started now.
    mutating func readersToStart() -> [Int] {
        guard end == nil else { return [] }
        let missing = (0..<tuner.readers).filter { !running.contains($0) }
        running.formUnion(missing)
        return missing
    }

    /// What a reader has to do next; nil: it ends.
    mutating func next(reader: Int) -> Block? {
        guard end == nil, reader < tuner.readers else { return nil }
        return cursor.next()
    }

    /// A block is done. Returns whether `readersToStart` has something to say.
    mutating func finished(_ block: Block, _ outcome: Outcome, at moment: ContinuousClock.Instant) -> Bool {
        switch outcome {
        case .resident:
            report.bytesResident += block.range.count
            return false
        case .failed(let failure):
            finish(.failed(failure))
            return false
        case .arrived(let bytes, let method):
            report.bytesRead += bytes
            bytesBy[method, default: 0] += bytes
            return tune(bytes: bytes, at: moment)
        }
    }

    private mutating func tune(bytes: Int, at moment: ContinuousClock.Instant) -> Bool {
        let changed = tuner.arrived(bytes: bytes, at: moment)
        if !isNetwork, tuner.isSettled, tuner.readers == 1, tuner.bestRate >= Self.fastEnough {
            finish(.gaveUp(.localFast(bytesPerSecond: tuner.bestRate)))
        }
        return changed
    }

    /// The first reason counts.
    mutating func finish(_ reason: PrefetchReport.End) {
        end = end ?? reason
    }

    /// A reader has ended. Returns the report if it was the last.
    mutating func ended(reader: Int, at moment: ContinuousClock.Instant) -> PrefetchReport? {
        running.remove(reader)
        guard running.isEmpty else { return nil }
        report.end = end ?? .complete
        report.duration = moment - began
        report.readers = tuner.readers
        report.bestBandwidth = tuner.bestRate
        report.method = bytesBy[.read, default: 0] > bytesBy[.readAhead, default: 0] ? .read : .readAhead
        return report
    }
}
