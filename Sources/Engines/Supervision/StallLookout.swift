import Support

/// Looks after the silence of all requests of an engine, with one timer.
///
/// A sleep for each would cost each twice: Swift's runtime arms a timer on a thread of its own, and one that was cancelled
/// fires all the same (and holds 0.7 KB until then). At 1,500 jobs a second a job had 16 thread wakes with them, and 13
/// without.
final class StallLookout: Sendable {
    /// After so long at the latest it looks again, and stops when there is nobody left.
    private static let longestSleep = Duration.seconds(1)

    private struct Entry {
        let watch: StallWatch
        let limit: Duration
        let waiter: CheckedContinuation<Bool, Never>

        var deadline: ContinuousClock.Instant { watch.lastSign + limit }
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        var nextID = 0
        var round: Task<Void, Never>?
        /// Which round it is, and when it looks.
        var number = 0
        var nextLook = ContinuousClock.now
    }

    private let state = Lock(State())

    /// Returns true when `watch` saw no sign for `limit`, false when the task is cancelled before.
    func stall(of watch: StallWatch, after limit: Duration) async -> Bool {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                add(Entry(watch: watch, limit: limit, waiter: waiter), id)
                // A cancellation before this line found nobody to tell.
                if Task.isCancelled { remove(id) }
            }
        } onCancel: {
            remove(id)
        }
    }

    private func add(_ entry: Entry, _ id: Int) {
        state.withLock { state in
            state.entries[id] = entry
            let look = Self.nextLook(at: .now, before: entry.deadline)
            guard state.round == nil || look < state.nextLook else { return }
            state.round?.cancel()
            begin(look, &state)
        }
    }

    private func remove(_ id: Int) {
        state.withLock { $0.entries.removeValue(forKey: id) }?.waiter.resume(returning: false)
    }

    private func begin(_ look: ContinuousClock.Instant, _ state: inout State) {
        state.number += 1
        state.nextLook = look
        let number = state.number
        // Detached: it outlives the request that began it, and is none of its business.
        state.round = Task.detached {
            guard (try? await Task.sleep(until: look, clock: .continuous)) != nil else { return }
            self.look(number)
        }
    }

    private func look(_ number: Int) {
        let stalled = state.withLock { state -> [Entry] in
            // An earlier deadline has set another round going.
            guard state.number == number else { return [] }
            state.round = nil
            let now = ContinuousClock.now
            let stalled = state.entries.filter { Self.hasStalled($0.value, at: now) }
            for id in stalled.keys { state.entries[id] = nil }
            if let deadline = state.entries.values.map(\.deadline).min() {
                begin(Self.nextLook(at: now, before: deadline), &state)
            }
            return Array(stalled.values)
        }
        for entry in stalled { entry.waiter.resume(returning: true) }
    }

    private static func hasStalled(_ entry: Entry, at now: ContinuousClock.Instant) -> Bool {
        guard now >= entry.deadline else { return false }
        guard hasSlept(past: entry.deadline, at: now) else { return true }
        entry.watch.touch()
        return false
    }

    /// When to look again: at the deadline, or as late as one sleep may last.
    static func nextLook(
        at now: ContinuousClock.Instant,
        before deadline: ContinuousClock.Instant
    ) -> ContinuousClock.Instant {
        min(deadline, now + longestSleep)
    }

    /// Whether the silence may be our own: who wakes that late was stopped itself (SIGSTOP, a snapshot), and what the
    /// engine said meanwhile lies unread in the socket. It gets the time once more.
    static func hasSlept(past deadline: ContinuousClock.Instant, at now: ContinuousClock.Instant) -> Bool {
        deadline.duration(to: now) > .seconds(1)
    }
}
