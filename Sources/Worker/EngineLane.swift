import Jobs
import Support

/// The way to the engine: as many generations side by side as it has slots, or one suspect alone.
///
/// After a crash each job that was running is rerun with nothing beside it, so that a second death names its cause. All
/// generations pass here, so here it is known how many in a row ended that way.
final class EngineLane: Sendable {
    private struct State {
        let capacity: Int
        var shared = 0
        var isExclusive = false
        var queue: [Waiter] = []
        var nextID = 0
        var convictions = ConvictionLimit()

        func admits(alone: Bool) -> Bool {
            alone ? shared == 0 && !isExclusive : shared < capacity && !isExclusive
        }

        mutating func enter(alone: Bool) {
            if alone { isExclusive = true } else { shared += 1 }
        }

        mutating func leave(alone: Bool) {
            if alone { isExclusive = false } else { shared -= 1 }
        }

        /// Suspects first: what they are found to be says whether the others have an engine to go to.
        func isSomebodyBefore(alone: Bool) -> Bool {
            alone ? queue.first?.alone == true : !queue.isEmpty
        }

        mutating func wait(_ waiter: Waiter) {
            let place = waiter.alone ? queue.firstIndex { !$0.alone } : nil
            queue.insert(waiter, at: place ?? queue.endIndex)
        }

        /// A suspect at the head holds back those behind it, so it is never starved.
        mutating func admitted() -> [Waiter] {
            var admitted: [Waiter] = []
            while let first = queue.first, admits(alone: first.alone) {
                enter(alone: first.alone)
                admitted.append(queue.removeFirst())
            }
            return admitted
        }
    }

    private struct Waiter {
        let id: Int
        let alone: Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private let state: Lock<State>

    init(capacity: Int) {
        state = Lock(State(capacity: capacity))
    }

    /// Runs `body` beside others, and after a failure alone, as long as `again` does not throw.
    ///
    /// Who is to run again keeps its place until it is first in line for a lane of its own: were those behind it let in
    /// meanwhile, a batch of poisonous prompts would kill the engine three times before the first of them is convicted.
    ///
    /// - Throws: what `again` throws; `CancellationError` when cancelled while waiting
    func run<Value: Sendable>(
        _ body: () async throws -> Value,
        again: (any Error) async throws -> Void
    ) async throws -> Value {
        guard await enter(alone: false) else { throw CancellationError() }
        var alone = false
        while true {
            do {
                let value = try await body()
                leave(alone: alone, hasCompleted: true)
                return value
            } catch {
                do {
                    try await again(error)
                } catch {
                    leave(alone: alone)
                    throw error
                }
                guard await enter(alone: true, leaving: alone) else { throw CancellationError() }
                alone = true
            }
        }
    }

    /// How many stand in line.
    var waiting: Int { state.withLock { $0.queue.count } }

    /// The engine died under this job while it was alone.
    /// - Returns: whether its deaths are the job's; false: too many jobs in a row died so
    func convicts(_ job: String) -> Bool {
        state.withLock { $0.convictions.convicted(job) }
    }

    /// - Parameter leaving: the place that is given up in the same moment
    /// - Returns: false when cancelled; then no place is held
    private func enter(alone: Bool, leaving place: Bool? = nil) async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if let place { state.leave(alone: place) }
                    if !state.isSomebodyBefore(alone: alone), state.admits(alone: alone) {
                        state.enter(alone: alone)
                        return true
                    }
                    guard !Task.isCancelled else { return false }
                    state.wait(Waiter(id: id, alone: alone, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
                admit()
            }
        } onCancel: {
            let waiter: Waiter? = state.withLock { state in
                guard let index = state.queue.firstIndex(where: { $0.id == id }) else { return nil }
                return state.queue.remove(at: index)
            }
            waiter?.continuation.resume(returning: false)
            admit()
        }
    }

    private func leave(alone: Bool, hasCompleted: Bool = false) {
        state.withLock { state in
            state.leave(alone: alone)
            if hasCompleted { state.convictions.generationCompleted() }
        }
        admit()
    }

    private func admit() {
        for waiter in state.withLock({ $0.admitted() }) { waiter.continuation.resume(returning: true) }
    }
}
