import JSON
import Jobs
import Support

/// A queue in memory whose answers a test scripts: takes wait until it offers jobs, posts are recorded or refused.
final class ScriptedQueue: JobQueue {
    struct Post: Sendable, Hashable {
        let job: String
        let result: JobResult
    }

    /// What stands before the job's id in its addresses.
    static let server = "http://queue.test/"

    private struct State {
        var offered: [[TakenItem]] = []
        var takers: [Int: CheckedContinuation<[TakenItem]?, Never>] = [:]
        var stops: [[String]] = []
        var stopper: CheckedContinuation<[String]?, Never>?
        var nextID = 0
        var takes: [Int] = []
        var openTakes = 0
        var results: [Post] = []
        var chunks: [String: [JSON]] = [:]
        var refusals: [QueueFailure] = []
        var takeFailure: QueueFailure?
        var stopFailure: QueueFailure?
        var chunkFailure: QueueFailure?
        var postFailure: QueueFailure?
        var badJobs: [String: QueueFailure] = [:]
        var stopPolls = 0
        var drops = 0
        var progress: [JSON] = []
        var progressFailure: QueueFailure?
        var openProgress = 0
        var progressPeak = 0
        var attempts = 0
        var beats: [[String]] = []
        var log: [String] = []
    }

    private let state = Lock(State())
    private let chunkDelay: Duration
    private let progressDelay: Duration
    /// Results are not answered before this many takes have come.
    private let takesBeforeResults: Int

    init(chunkDelay: Duration = .zero, progressDelay: Duration = .zero, takesBeforeResults: Int = 0) {
        self.chunkDelay = chunkDelay
        self.progressDelay = progressDelay
        self.takesBeforeResults = takesBeforeResults
    }

    // MARK: The test's side

    func offer(_ ids: String..., input: JSON = ["prompt": "p"]) {
        offer(ids.map { .job(Job(id: $0, input: input)) })
    }

    func offer(_ items: [TakenItem]) {
        let taker = state.withLock { state in
            guard let id = state.takers.keys.min() else {
                state.offered.append(items)
                return nil as CheckedContinuation<[TakenItem]?, Never>?
            }
            return state.takers.removeValue(forKey: id)
        }
        taker?.resume(returning: items)
    }

    func stop(_ ids: String...) {
        let stopper = state.withLock { state in
            guard let stopper = state.stopper else {
                state.stops.append(ids)
                return nil as CheckedContinuation<[String]?, Never>?
            }
            state.stopper = nil
            return stopper
        }
        stopper?.resume(returning: ids)
    }

    /// The next posts of results and chunks fail, one after the other.
    func refuse(_ failures: QueueFailure...) {
        state.withLock { $0.refusals += failures }
    }

    /// Every take fails from now on; nil: no longer.
    func failTakes(_ failure: QueueFailure?) {
        state.withLock { $0.takeFailure = failure }
    }

    /// Every chunk is refused from now on.
    func failChunks(_ failure: QueueFailure) {
        state.withLock { $0.chunkFailure = failure }
    }

    /// Every chunk and result fails from now on; nil: no longer.
    func failPosts(_ failure: QueueFailure?) {
        state.withLock { $0.postFailure = failure }
    }

    /// Results and chunks of one job fail from now on.
    func failPosts(of job: String, _ failure: QueueFailure) {
        state.withLock { $0.badJobs[job] = failure }
    }

    /// Every progress update fails from now on.
    func failProgress(_ failure: QueueFailure) {
        state.withLock { $0.progressFailure = failure }
    }

    /// Every question for jobs to stop fails from now on.
    func failStops(_ failure: QueueFailure) {
        state.withLock { $0.stopFailure = failure }
    }

    var stopPolls: Int { state.withLock { $0.stopPolls } }
    /// How often connections were dropped.
    var drops: Int { state.withLock { $0.drops } }
    /// The progress updates that arrived.
    var progress: [JSON] { state.withLock { $0.progress } }
    /// The most progress updates that were under way at a time.
    var progressPeak: Int { state.withLock { $0.progressPeak } }
    var results: [Post] { state.withLock { $0.results } }
    var takes: [Int] { state.withLock { $0.takes } }
    var openTakes: Int { state.withLock { $0.openTakes } }
    var attempts: Int { state.withLock { $0.attempts } }
    var beats: [[String]] { state.withLock { $0.beats } }
    /// What reached the queue in its order: "take", "chunk ID", "done ID".
    var log: [String] { state.withLock { $0.log } }
    func chunks(of job: String) -> [JSON] { state.withLock { $0.chunks[job] ?? [] } }

    // MARK: The worker's side

    func take(upTo count: Int, jobInProgress: Bool) async throws(QueueFailure) -> [TakenItem] {
        let (id, ready, failure): (Int, [TakenItem]?, QueueFailure?) = state.withLock { state in
            state.nextID += 1
            state.takes.append(count)
            state.log.append("take")
            if let failure = state.takeFailure { return (state.nextID, nil, failure) }
            return (state.nextID, state.offered.isEmpty ? nil : state.offered.removeFirst(), nil)
        }
        if let failure { throw failure }
        if let ready { return ready }
        state.withLock { $0.openTakes += 1 }
        defer { state.withLock { $0.openTakes -= 1 } }
        let items = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<[TakenItem]?, Never>) in
                let now: [TakenItem]?? = state.withLock { state in
                    if Task.isCancelled { return .some(nil) }
                    if !state.offered.isEmpty { return state.offered.removeFirst() }
                    state.takers[id] = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            state.withLock { $0.takers.removeValue(forKey: id) }?.resume(returning: nil)
        }
        guard let items else { throw QueueFailure(.cancelled, "cancelled") }
        return items
    }

    func jobsToStop() async throws(QueueFailure) -> [String]? {
        let failure = state.withLock { state in
            state.stopPolls += 1
            return state.stopFailure
        }
        if let failure { throw failure }
        let ids = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<[String]?, Never>) in
                let now: [String]?? = state.withLock { state in
                    if Task.isCancelled { return .some(nil) }
                    if !state.stops.isEmpty { return state.stops.removeFirst() }
                    state.stopper = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            let stopper = state.withLock { state in
                defer { state.stopper = nil }
                return state.stopper
            }
            stopper?.resume(returning: nil)
        }
        guard let ids else { throw QueueFailure(.cancelled, "cancelled") }
        return ids
    }

    func address(of jobID: String, isStream: Bool) -> ReturnAddress {
        ReturnAddress(
            job: jobID,
            result: "\(Self.server)done/\(jobID)?isStream=\(isStream)",
            stream: "\(Self.server)stream/\(jobID)"
        )
    }

    func owns(_ address: ReturnAddress) -> Bool { address.result.hasPrefix(Self.server) }

    func body(ofChunk chunk: JSON) -> [UInt8] { chunk.bytes }

    func body(of result: JobResult) -> [UInt8] {
        var members: JSON.Object = [:]
        members["output"] = result.output
        members["error"] = result.error.map(JSON.string)
        if result.stopsPod { members["stopPod"] = true }
        return JSON.object(members).bytes
    }

    func stream(_ chunk: [UInt8], to address: ReturnAddress) async throws(QueueFailure) {
        if chunkDelay > .zero { try? await Task.sleep(for: chunkDelay) }
        if let failure = state.withLock({ $0.chunkFailure }) { throw failure }
        try answer(address.job) { state in
            state.chunks[address.job, default: []].append((try? JSON(parsing: chunk)) ?? .null)
            state.log.append("chunk \(address.job)")
        }
    }

    func finish(_ result: [UInt8], to address: ReturnAddress) async throws(QueueFailure) {
        while takes.count < takesBeforeResults, !Task.isCancelled { try? await Task.sleep(for: .milliseconds(1)) }
        if Task.isCancelled { throw QueueFailure(.cancelled, "cancelled") }
        let body = try? JSON(parsing: result)
        let read = JobResult(
            output: body?["output"],
            error: body?["error"]?.string,
            stopsPod: body?["stopPod"] == true,
            isStream: address.result.hasSuffix("isStream=true")
        )
        try answer(address.job) { state in
            state.results.append(Post(job: address.job, result: read))
            state.log.append("done \(address.job)")
        }
    }

    func progress(_ output: JSON, of jobID: String) async throws(QueueFailure) {
        state.withLock { state in
            state.openProgress += 1
            state.progressPeak = max(state.progressPeak, state.openProgress)
            state.log.append("progress begins \(jobID)")
        }
        defer { state.withLock { $0.openProgress -= 1 } }
        if progressDelay > .zero, (try? await Task.sleep(for: progressDelay)) == nil {
            state.withLock { $0.log.append("progress given up \(jobID)") }
            throw QueueFailure(.cancelled, "cancelled")
        }
        if let failure = state.withLock({ $0.progressFailure }) { throw failure }
        state.withLock { state in
            state.progress.append(output)
            state.log.append("progress \(jobID)")
        }
    }

    func dropConnections() {
        state.withLock { state in
            state.drops += 1
            state.log.append("drop")
        }
    }

    func heartbeat(jobIDs: [String]) async throws(QueueFailure) {
        state.withLock { $0.beats.append(jobIDs) }
    }

    private func answer(_ job: String, _ accept: (inout State) -> Void) throws(QueueFailure) {
        let failure: QueueFailure? = state.withLock { state in
            state.attempts += 1
            if let failure = state.postFailure ?? state.badJobs[job] { return failure }
            guard state.refusals.isEmpty else { return state.refusals.removeFirst() }
            accept(&state)
            return nil
        }
        if let failure { throw failure }
    }
}
