import ColdStart
import JSON
public import Jobs
import Logging
import Prefetch
import Support

// The weights on their way into memory: read ahead of the engine, and said to those who wait.

extension EngineSupervisor {
    /// What the engine takes of the memory beside the weights while it starts: libraries, vocabulary, graphs. 340 MB were
    /// seen with a model of 253.
    private static let engineShare = 256 << 20

    /// Reads the weights of these models into the page cache, from now until the load is done.
    ///
    /// - Parameter mode: how the engine reads: what it copies into memory of its own must fit beside the page cache, and
    ///   what it reads past that is not read twice
    func beginPrefetch(of targets: [String], _ storage: StoragePicture, _ mode: LoadMode) {
        endPrefetch()
        let files = targets.flatMap { shelf[$0]?.stored.files ?? [] }
        guard !files.isEmpty, let recorder = timeline.current?.recorder else { return }
        let phase = recorder.begin("model.prefetch")
        let copy = mode == .read && !storage.hasGPU ? storage.bytes : 0
        let request = Prefetcher.Request(
            files: files,
            room: max(0, storage.room - Self.engineShare - copy),
            isNetwork: storage.isNetwork,
            readAhead: storage.readAhead,
            isEnabled: configuration.prefetch == .auto && mode != .direct
        )
        let bytes = storage.bytes
        // Its own: late news of an earlier one must not count for this.
        let loading = Loading(bytes: bytes)
        self.loading = loading
        prefetched = Set(targets)
        let prefetcher = Prefetcher.start(request) { loading.read($0.done) }
        self.prefetcher = prefetcher
        let logger = logger
        Task {
            let report = await prefetcher.report()
            recorder.add(report.attributes, to: phase)
            recorder.describe(report.facts(bytes: bytes))
            recorder.end(phase)
            if case .failed(let failure) = report.end { logger.warning("the weights were not read ahead: \(failure)") }
        }
    }

    /// The load is done, or nobody waits for it any more.
    func endPrefetch() {
        prefetcher?.stop()
        prefetcher = nil
        prefetched = []
    }

    /// How far the load is that somebody waits for.
    public func loadProgress() async -> LoadProgress? {
        guard let step = timeline.current?.step else { return nil }
        return loading?.progress(step: step) ?? LoadProgress(phase: step)
    }
}

/// How many bytes of weights are in memory, as the readers' threads tell it.
final class Loading: Sendable {
    private let began = ContinuousClock.now
    private let total: Int
    private let done = Lock(0)

    init(bytes: Int) {
        total = bytes
    }

    func read(_ bytes: Int) {
        // Readers' news do not always come in order.
        done.withLock { $0 = max($0, bytes) }
    }

    func progress(step: String, at now: ContinuousClock.Instant = .now) -> LoadProgress {
        let done = done.withLock { $0 }
        // Of a load that nobody measures only the step is known.
        guard total > 0, done > 0 else { return LoadProgress(phase: step) }
        let share = min(1, Double(done) / Double(total))
        let elapsed = began.duration(to: now) / .seconds(1)
        return LoadProgress(
            phase: step,
            bytesDone: min(done, total),
            bytesTotal: total,
            fraction: share,
            remaining: .seconds(elapsed * (1 - share) / share)
        )
    }
}

extension PrefetchReport {
    /// For the phase.
    var attributes: JSON.Object {
        var attributes: JSON.Object = ["end": .string(word)]
        if case .skipped(let reason) = end { attributes["skipped"] = .string("\(reason)") }
        if case .gaveUp(let reason) = end { attributes["reason"] = .string("\(reason)") }
        guard bytesRead + bytesResident > 0 else { return attributes }
        attributes["bytes_read"] = JSON(bytesRead)
        attributes["bytes_resident"] = JSON(bytesResident)
        attributes["readers"] = JSON(readers)
        attributes["method"] = .string(method.rawValue)
        return attributes
    }

    /// For the floor of the load: what the storage gave at its best.
    func facts(bytes: Int) -> JSON.Object {
        guard bestBandwidth > 0 else { return [:] }
        return [
            "load_bytes": JSON(bytes), "load_bytes_per_second": JSON(bestBandwidth.rounded()),
            "bandwidth_source": "the best moment of reading ahead",
        ]
    }

    private var word: String {
        switch end {
        case .complete: "complete"
        case .stopped: "the load was done"
        case .skipped: "skipped"
        case .gaveUp: "given up"
        case .failed: "failed"
        }
    }
}
