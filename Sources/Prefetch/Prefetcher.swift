import Glibc
import Support

/// Pulls files into the page cache on threads of its own, while an engine that will need them starts.
///
/// It never fails a start: whatever goes wrong is a reason in its report.
public final class Prefetcher: Sendable {
    /// What to pull, and what limits it.
    public struct Request: Sendable {
        /// The files in the order in which the engine reads them.
        public var files: [String]
        /// Bytes of memory that may be filled; `MemoryFacts.room` less what the engine takes for itself.
        public var room: Int
        /// Whether reads wait for round trips (`Mount.isNetwork`).
        public var isNetwork: Bool
        /// How far the kernel reads ahead on that mount, in bytes; requests are made in such steps.
        public var readAhead: Int
        /// False: report `disabled` and do nothing.
        public var isEnabled: Bool

        /// A request by hand; the defaults are FUSE's and NFS's.
        public init(
            files: [String],
            room: Int,
            isNetwork: Bool = true,
            readAhead: Int = 128 << 10,
            isEnabled: Bool = true
        ) {
            self.files = files
            self.room = room
            self.isNetwork = isNetwork
            self.readAhead = readAhead
            self.isEnabled = isEnabled
        }
    }

    private enum Stage {
        case preparing(isStopped: Bool)
        case reading(PrefetchState)
        case over(PrefetchReport)
    }

    private struct Life {
        var stage = Stage.preparing(isStopped: false)
        var waiters: [CheckedContinuation<PrefetchReport, Never>] = []
    }

    private let life = Lock(Life())
    private let request: Request
    private let onProgress: @Sendable (PrefetchProgress) -> Void

    private init(_ request: Request, _ onProgress: @escaping @Sendable (PrefetchProgress) -> Void) {
        self.request = request
        self.onProgress = onProgress
    }

    /// Begins and returns at once.
    ///
    /// - Parameter onProgress: called after each block of 4 MiB, on the readers' threads, not always in order
    public static func start(
        _ request: Request,
        onProgress: @escaping @Sendable (PrefetchProgress) -> Void = { _ in }
    ) -> Prefetcher {
        let prefetcher = Prefetcher(request, onProgress)
        let error = OwnThread.start { prefetcher.prepare() }
        if error != 0 { prefetcher.fail(error) }
        return prefetcher
    }

    /// Ends it: no new block is begun. The report follows within a block's time.
    public func stop() {
        life.withLock { life in
            switch life.stage {
            case .preparing: life.stage = .preparing(isStopped: true)
            case .reading(var state):
                state.finish(.stopped)
                life.stage = .reading(state)
            case .over: break
            }
        }
    }

    /// What it did, once it is over. Any number may wait.
    public func report() async -> PrefetchReport {
        await withCheckedContinuation { continuation in
            let report: PrefetchReport? = life.withLock { life in
                if case .over(let report) = life.stage { return report }
                life.waiters.append(continuation)
                return nil
            }
            if let report { continuation.resume(returning: report) }
        }
    }

    // MARK: - On the first thread

    private func prepare() {
        let began = ContinuousClock.now
        do throws(FileFailure) {
            // Disabled means that not even a file is opened: on some mounts that alone drops its cache.
            guard request.isEnabled else { return end(PrefetchReport(end: .skipped(.disabled))) }
            var files: [CachedFile] = []
            for path in request.files { files.append(try CachedFile(path)) }
            let total = files.reduce(0) { $0 + $1.size }
            let decision = PrefetchDecision(
                total: total,
                residentShare: try share(of: files, total),
                room: request.room
            )
            var reason = decision.skipReason
            if reason == nil { reason = try mountReason(files) }
            if let reason {
                return end(PrefetchReport(end: .skipped(reason), bytesTotal: total, duration: .now - began))
            }
            read(files, began)
        } catch {
            end(PrefetchReport(end: .failed(error), duration: .now - began))
        }
    }

    /// A disk of this machine keeps its cache.
    private func mountReason(_ files: [CachedFile]) throws(FileFailure) -> PrefetchReport.SkipReason? {
        guard request.isNetwork, let largest = files.max(by: { $0.size < $1.size }) else { return nil }
        return try CacheSample.survivesOpen(largest) ? nil : .cacheDropped
    }

    private func share(of files: [CachedFile], _ total: Int) throws(FileFailure) -> Double {
        var resident = 0.0
        for file in files { resident += try CacheSample.share(of: file, samples: 32) * Double(file.size) }
        return total > 0 ? resident / Double(total) : 1
    }

    private func read(_ files: [CachedFile], _ began: ContinuousClock.Instant) {
        let sizes = files.map(\.size)
        let isNetwork = request.isNetwork
        let first = life.withLock { life -> [Int] in
            var state = PrefetchState(sizes: sizes, isNetwork: isNetwork, at: began)
            let readers = state.readersToStart()
            if case .preparing(isStopped: true) = life.stage { state.finish(.stopped) }
            life.stage = .reading(state)
            return readers
        }
        start(first.dropFirst(), files)
        // This thread is a reader, too.
        if let own = first.first { run(reader: own, files) }
    }

    // MARK: - On the readers' threads

    private func start(_ readers: some Sequence<Int>, _ files: [CachedFile]) {
        for reader in readers {
            // With fewer threads than hoped for it goes on with those there are.
            if OwnThread.start({ self.run(reader: reader, files) }) != 0 { ended(reader) }
        }
    }

    private func run(reader: Int, _ files: [CachedFile]) {
        var blocks = BlockReader(files, step: request.readAhead) { self.isStopping }
        while let block = withState({ $0.next(reader: reader) }) ?? nil {
            let outcome = blocks.read(block)
            let (more, progress) = finished(block, outcome)
            start(more, files)
            onProgress(progress)
        }
        ended(reader)
    }

    private func finished(_ block: Block, _ outcome: PrefetchState.Outcome) -> ([Int], PrefetchProgress) {
        let answer = withState { state in
            let changed = state.finished(block, outcome, at: .now)
            return (changed ? state.readersToStart() : [], state.progress)
        }
        return answer ?? ([], PrefetchProgress(done: 0, total: 0))
    }

    private func ended(_ reader: Int) {
        if let report = withState({ $0.ended(reader: reader, at: .now) }) ?? nil { end(report) }
    }

    private var isStopping: Bool { withState { $0.isEnding } ?? true }

    private func withState<Result: Sendable>(_ body: (inout PrefetchState) -> Result) -> Result? {
        life.withLock { life in
            guard case .reading(var state) = life.stage else { return nil }
            let result = body(&state)
            life.stage = .reading(state)
            return result
        }
    }

    // MARK: - The end

    private func fail(_ error: Int32) {
        end(PrefetchReport(end: .failed(FileFailure(path: request.files.first ?? "", error: error))))
    }

    private func end(_ report: PrefetchReport) {
        let waiters = life.withLock { life in
            life.stage = .over(report)
            defer { life.waiters = [] }
            return life.waiters
        }
        for waiter in waiters { waiter.resume(returning: report) }
    }
}
