import Dispatch
import Support

/// Everything that the queue saw, and a bell for whoever waits for something in it.
final class QueueLog: Sendable {
    private let state = Lock(State())

    private struct State {
        var exchanges: [Exchange] = []
        var counts: [Exchange.Kind: Int] = [:]
        var bells: [Bell] = []
    }

    private struct Bell {
        let kind: Exchange.Kind
        let count: Int
        let semaphore = DispatchSemaphore(value: 0)
    }

    func append(_ exchange: Exchange) {
        state.withLock { state in
            state.exchanges.append(exchange)
            let count = state.counts[exchange.kind, default: 0] + 1
            state.counts[exchange.kind] = count
            for bell in state.bells where bell.kind == exchange.kind && bell.count <= count {
                bell.semaphore.signal()
            }
            state.bells.removeAll { $0.kind == exchange.kind && $0.count <= count }
        }
    }

    var exchanges: [Exchange] { state.withLock { $0.exchanges } }

    func count(_ kind: Exchange.Kind) -> Int { state.withLock { $0.counts[kind, default: 0] } }

    /// Blocks until `count` exchanges of a kind were seen; false if that takes longer than `timeout`.
    func wait(for count: Int, _ kind: Exchange.Kind, timeout: Duration) -> Bool {
        let bell = Bell(kind: kind, count: count)
        let isThere = state.withLock { state in
            let isThere = state.counts[kind, default: 0] >= count
            if !isThere { state.bells.append(bell) }
            return isThere
        }
        return isThere || bell.semaphore.wait(timeout: .now() + timeout / .seconds(1)) == .success
    }
}
