import JSON
import Support

/// Brings a stream to the queue: one POST in flight, and what gathers meanwhile goes with the next.
///
/// So a near queue sees small chunks, a far one large ones, and no queue ever slows the engine. The official SDK awaits
/// a POST per token: 20 ms away from its queue it delivers 47 tokens a second, whatever the GPU does.
final class ChunkCourier: Sendable {
    /// Where the chunks come from: what gathered since the last time, joined, as far as one chunk holds it.
    typealias Source = @Sendable () -> JSON?

    private struct State {
        var source: Source?
        var hasOutput = false
        var pump: Task<Void, Never>?
    }

    private let state = Lock(State())
    private let wake: AsyncStream<Void>.Continuation
    private let wakeups: AsyncStream<Void>
    private let post: @Sendable (JSON) async -> Bool

    /// - Parameter post: brings one chunk to the queue; false when it could not
    init(post: @escaping @Sendable (JSON) async -> Bool) {
        self.post = post
        (wakeups, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// True from the moment that a chunk was on its way: from then on the job cannot be rerun unseen.
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

    /// Nothing more will gather; what has, is still delivered.
    func close() {
        wake.finish()
    }

    /// Delivers nothing more.
    func abandon() {
        wake.finish()
        state.withLock { $0.pump }?.cancel()
    }

    /// Returns when everything that gathered has been delivered or given up. Cancelling the caller cancels the pump.
    func delivered() async {
        guard let pump = state.withLock({ $0.pump }) else { return }
        await withTaskCancellationHandler {
            await pump.value
        } onCancel: {
            pump.cancel()
        }
    }

    private func run() async {
        for await _ in wakeups {
            guard await deliverGathered() else { return }
        }
        _ = await deliverGathered()
    }

    /// Returns false when a chunk could not be brought: what follows it would make a gap.
    private func deliverGathered() async -> Bool {
        while true {
            let chunk: JSON? = state.withLock { state in
                let chunk = state.source?()
                if chunk != nil { state.hasOutput = true }
                return chunk
            }
            guard let chunk else { return true }
            guard await post(chunk) else { return false }
        }
    }
}
