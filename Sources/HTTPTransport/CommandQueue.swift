import CCurl
import Support

/// What tasks ask of the transfer thread.
enum Command: Sendable {
    /// Send the request.
    case add(any Exchange)
    /// Nobody waits any more: close the connection.
    case cancel(any Exchange)
    /// The reader has made room: let curl go on.
    case resume(any Exchange)
}

/// The one door to the transfer thread: any thread posts, that thread takes.
final class CommandQueue: Sendable {
    private struct State {
        var waiting: [Command] = []
        /// What to wake; there as long as the thread polls.
        var sleeper: Waker?
        /// Why nothing is taken any more.
        var closure: HTTPError?
        /// Where new requests go, once this queue's thread only brings to an end what it has.
        var successor: CommandQueue?
    }

    private let state = Lock(State())

    /// Hands a command over and wakes the thread. On a closed queue, a request fails at once; on a retired one it goes to
    /// the successor, and so does all that is said of it: here nobody knows the request, there everybody ignores what is
    /// said of one of ours.
    func post(_ command: Command) {
        let (closure, successor) = state.withLock { state in
            var isRequest = false
            if case .add = command { isRequest = true }
            guard state.closure == nil, state.successor == nil || !isRequest else {
                return (state.closure, state.successor)
            }
            state.waiting.append(command)
            // Where commands wait already, a wake-up is under way; each one costs the caller a system call.
            if state.waiting.count == 1 { state.sleeper?.wake() }
            return (nil, state.successor)
        }
        if let successor { return successor.post(command) }
        if let closure, case .add(let exchange) = command { exchange.finish(closure) }
    }

    /// Sends all new requests to `successor` and lets the thread end when its last transfer has.
    func retire(for successor: CommandQueue) {
        state.withLock { state in
            guard state.closure == nil, state.successor == nil else { return }
            state.successor = successor
            state.sleeper?.wake()
        }
    }

    /// Whether nothing is taken any more.
    var isClosed: Bool { state.withLock { $0.closure != nil } }

    /// Takes no more commands; `takeAll` says so to the thread.
    func close(_ reason: HTTPError) {
        state.withLock { state in
            guard state.closure == nil else { return }
            state.closure = reason
            if let sleeper = state.sleeper { sleeper.wake() }
        }
    }

    // MARK: The transfer thread's side

    /// All that waits, in order; `nil` once the queue is closed.
    func takeAll() -> [Command]? {
        state.withLock { state in
            guard state.closure == nil else { return nil }
            guard !state.waiting.isEmpty else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// Closes a retired queue in which nothing waits, and says whether it did. Called when no transfer is left.
    func closeIfRetired() -> Bool {
        state.withLock { state in
            guard state.successor != nil, state.waiting.isEmpty else { return false }
            state.closure = state.closure ?? HTTPError(.cancelled, "the HTTP client has given up these connections")
            return true
        }
    }

    /// Names the multi handle to wake from now on.
    func attach(_ multi: UnsafeMutableRawPointer) {
        let waker = Waker(multi)
        state.withLock { $0.sleeper = waker }
    }

    /// Forgets the multi handle, so that it can be freed, and returns why the queue is closed and what still waited.
    func detach() -> (reason: HTTPError, left: [Command]) {
        state.withLock { state in
            state.sleeper = nil
            let reason = state.closure ?? HTTPError(.cancelled, "the HTTP client has ended")
            state.closure = reason
            defer { state.waiting = [] }
            return (reason, state.waiting)
        }
    }
}

/// A multi handle as other threads may use it: to end its poll, the one call that curl allows from any thread.
private struct Waker: Sendable {
    /// Not the pointer itself, which could not be shared.
    private let address: UInt

    init(_ multi: UnsafeMutableRawPointer) {
        address = UInt(bitPattern: multi)
    }

    func wake() {
        if let multi = UnsafeMutableRawPointer(bitPattern: address) { curl_multi_wakeup(multi) }
    }
}
