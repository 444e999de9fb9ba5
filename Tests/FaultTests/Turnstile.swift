import Support

/// Lets so many in at a time: seventy workers at once on two cores would show what the machine cannot do, not what the
/// worker can.
final class Turnstile: Sendable {
    static let shared = Turnstile(places: 12)

    private struct State {
        var free: Int
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Lock<State>

    private init(places: Int) {
        state = Lock(State(free: places))
    }

    /// Returns when there is a place, in order of arrival.
    func enter() async {
        await withCheckedContinuation { continuation in
            let mayEnter = state.withLock { state in
                guard state.free > 0 else {
                    state.waiting.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if mayEnter { continuation.resume() }
        }
    }

    /// Gives the place to whoever waits longest.
    func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
