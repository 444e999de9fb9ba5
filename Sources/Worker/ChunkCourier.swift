import JSON
import Jobs
import Support

/// Brings a stream to the queue: one POST in flight, and what gathers meanwhile goes with the next.
///
/// So a near queue sees small chunks, a far one large ones, and no queue ever slows the engine. The official SDK awaits
/// a POST per token: 20 ms away from its queue it delivers 47 tokens a second, whatever the GPU does.
///
/// A chunk that was not taken is offered again, never skipped: a gap in a client's text has no error message. When the
/// job is over before that has worked, what is left travels with the result.
final class ChunkCourier: Sendable {
    /// Where the chunks come from: what gathered since the last time, joined, as far as one chunk holds it.
    typealias Source = @Sendable () -> JSON?
    /// Brings one chunk to the queue; asks before it does, since it may have waited for its turn.
    typealias Post = @Sendable (_ chunk: JSON, _ mayGo: @Sendable () -> Bool) async -> Attempt

    /// What became of a chunk.
    enum Attempt: Sendable {
        case taken
        /// - Parameter answers: how many requests the queue has answered so far
        case failed(QueueFailure, answers: Int)
        /// It was not sent: the courier has other plans, or the job was cancelled.
        case notSent
    }

    private struct State {
        var source: Source?
        var hasOutput = false
        var pump: Task<Void, Never>?
        /// On its way, or refused and to be offered again.
        var pending: JSON?
        var isPosting = false
        var isClosed = false
        /// The queue takes no chunks of this job: its result holds them all.
        var isRefused = false
    }

    private let state = Lock(State())
    private let wake: AsyncStream<Void>.Continuation
    private let wakeups: AsyncStream<Void>
    private let post: Post

    /// - Parameter post: one attempt
    init(post: @escaping Post) {
        self.post = post
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// One whose chunks nobody reads.
    static func toNobody() -> ChunkCourier { ChunkCourier { _, _ in .taken } }

    /// True from the moment that a chunk was on its way: from then on the job cannot be rerun unseen, nor an older answer
    /// be put in its place.
    var hasOutput: Bool { state.withLock { $0.hasOutput } }

    /// Takes chunks from `source` from now on; again after a rerun.
    func attach(_ source: @escaping Source) {
        state.withLock { state in
            state.source = source
            guard state.pump == nil else { return }
            state.pump = Task { await run() }
        }
    }

    /// Takes nothing more from the source. Returns whether any of it was on its way already; decided under the lock, so
    /// that no chunk slips out between the answer and a rerun.
    func detach() -> Bool {
        state.withLock { state in
            state.source = nil
            return state.hasOutput
        }
    }

    /// Something has gathered.
    func notify() {
        wake.yield()
    }

    /// Nothing more will gather. A chunk that is on its way is waited for; what has gathered since goes with the result,
    /// which is kept on the disk where the queue does not take it.
    func close() {
        wake.finish()
        let idle: Task<Void, Never>? = state.withLock { state in
            state.isClosed = true
            return state.isPosting ? nil : state.pump
        }
        idle?.cancel()
    }

    /// Delivers nothing more; the chunk that is on its way may or may not arrive.
    func abandon() {
        wake.finish()
        state.withLock { $0.pump }?.cancel()
    }

    /// Returns when nothing is on its way any more, with what has not been taken, in order. Cancelling the caller gives up
    /// what is on its way.
    func leftovers() async -> [JSON] {
        let pump = state.withLock { $0.pump }
        await withTaskCancellationHandler {
            await pump?.value
        } onCancel: {
            pump?.cancel()
        }
        return state.withLock { state in
            defer { (state.source, state.pending) = (nil, nil) }
            guard !state.isRefused else { return [] }
            var chunks = [state.pending].compactMap(\.self)
            while let chunk = state.source?() { chunks.append(chunk) }
            return chunks
        }
    }

    private func run() async {
        for await _ in wakeups {
            guard await deliverGathered() else { return }
        }
    }

    /// Returns false when a chunk could not be brought: what follows it would make a gap.
    private func deliverGathered() async -> Bool {
        var plan = DeliveryPlan(until: .max)
        var answersBefore: Int?
        var generator = SystemRandomNumberGenerator()
        while let chunk = next() {
            switch await post(chunk, { self.beginPosting() }) {
            case .taken:
                guard !ended(isTaken: true) else { return false }
                plan.succeeded()
                answersBefore = nil
            case .notSent:
                return false
            case .failed(let failure, let answers):
                guard !ended(isTaken: false) else { return false }
                let queueAnswers = answers > answersBefore ?? answers
                answersBefore = answers
                switch plan.failed(failure, isChunk: true, queueAnswers: queueAnswers, at: 0, using: &generator) {
                case .again, .expire: break
                case .retry(let wait): try? await Task.sleep(for: wait)
                case .reject:
                    state.withLock { $0.isRefused = true }
                    return false
                }
            }
        }
        return true
    }

    private func next() -> JSON? {
        state.withLock { state in
            if let pending = state.pending { return pending }
            state.pending = state.source?()
            if state.pending != nil { state.hasOutput = true }
            return state.pending
        }
    }

    private func beginPosting() -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.isPosting = true
            return true
        }
    }

    /// Returns whether the job is over.
    private func ended(isTaken: Bool) -> Bool {
        state.withLock { state in
            state.isPosting = false
            if isTaken { state.pending = nil }
            return state.isClosed
        }
    }
}
