import NIOCore
import Support

/// Keeps the roster of all connections and closes those that have to go.
final class Doorkeeper: Sendable {
    private struct State {
        var roster: Roster
        var channels: [Roster.ID: any Channel] = [:]
    }

    private let state: Lock<State>

    init(limit: Int) {
        state = Lock(State(roster: Roster(limit: limit)))
    }

    /// Nil: there is no room.
    func admit(_ channel: any Channel) -> Roster.ID? {
        let (id, victim) = state.withLock { state -> (Roster.ID?, (any Channel)?) in
            let (id, verdict) = state.roster.admit()
            switch verdict {
            case .refused: return (nil, nil)
            case .welcome:
                state.channels[id] = channel
                return (id, nil)
            case .insteadOf(let victim):
                state.channels[id] = channel
                return (id, state.channels.removeValue(forKey: victim))
            }
        }
        victim?.close(promise: nil)
        return id
    }

    func note(_ id: Roster.ID, isIdle: Bool) {
        state.withLock { isIdle ? $0.roster.isIdle(id) : $0.roster.isBusy(id) }
    }

    func left(_ id: Roster.ID) {
        state.withLock { state in
            state.roster.left(id)
            state.channels[id] = nil
        }
    }

    /// Closes all there are, in the middle of whatever they do.
    func closeAll() {
        let channels = state.withLock { Array($0.channels.values) }
        for channel in channels { channel.close(promise: nil) }
    }
}
