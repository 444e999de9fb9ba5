import JSON
import Jobs
import Support

/// Tells a job's client how far the load is that the job waits for.
///
/// At most one update a second, one at a time, only what is new, and nothing once the result is due: the official SDK
/// does not order them, and there a late update arrived after the result in 4 of 4 jobs.
final class ProgressCourier: Sendable {
    private struct State {
        var waiting = 0
        var notes = ProgressNotes()
        var pump: Task<Void, Never>?
        var posting: Task<Void, Never>?
        var isClosed = false
    }

    private let state = Lock(State())
    private let interval: Duration
    private let post: @Sendable (JSON) async -> Void

    /// - Parameters:
    ///   - interval: between updates, and before the first: an engine that is ready in less is no load to speak of
    ///   - post: brings one update to the queue, or not; ends soon when cancelled
    init(interval: Duration, post: @escaping @Sendable (JSON) async -> Void) {
        self.interval = interval
        self.post = post
    }

    /// Waits for `body`, and tells what `source` knows meanwhile. Several at once share the updates.
    func during<Value>(
        _ source: @escaping @Sendable () async -> LoadProgress?,
        _ body: () async throws -> Value
    ) async rethrows -> Value {
        begin(source)
        defer { end() }
        return try await body()
    }

    /// Sends nothing more. Returns when nothing is on its way any more, for which an update has `limit`.
    func settled(within limit: Duration) async {
        guard let posting = close() else { return }
        let timer = Task {
            try? await Task.sleep(for: limit)
            posting.cancel()
        }
        await withTaskCancellationHandler {
            await posting.value
        } onCancel: {
            posting.cancel()
        }
        timer.cancel()
    }

    /// Sends nothing more, and gives up what is on its way.
    func abandon() {
        close()?.cancel()
    }

    private func begin(_ source: @escaping @Sendable () async -> LoadProgress?) {
        state.withLock { state in
            state.waiting += 1
            guard state.pump == nil, !state.isClosed else { return }
            state.pump = Task { await run(source) }
        }
    }

    private func end() {
        state.withLock { state in
            state.waiting -= 1
            guard state.waiting == 0 else { return }
            // Its sleep ends; an update that is on its way is not touched.
            state.pump?.cancel()
            state.pump = nil
        }
    }

    @discardableResult
    private func close() -> Task<Void, Never>? {
        state.withLock { state in
            state.isClosed = true
            state.pump?.cancel()
            state.pump = nil
            return state.posting
        }
    }

    private func run(_ source: @Sendable () async -> LoadProgress?) async {
        while (try? await Task.sleep(for: interval)) != nil {
            // Of an earlier wait of the same job, which was run again.
            await state.withLock { $0.posting }?.value
            guard let progress = await source() else { continue }
            await begin(telling: progress)?.value
        }
    }

    /// A task of its own: the end of the wait cancels the pump, not the update.
    private func begin(telling progress: LoadProgress) -> Task<Void, Never>? {
        state.withLock { state in
            guard !state.isClosed, state.waiting > 0, let update = state.notes.next(progress) else { return nil }
            let posting = Task { [post] in await post(update) }
            state.posting = posting
            return posting
        }
    }
}
