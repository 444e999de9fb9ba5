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
    }

    private let state = Lock(State())

    /// Hands a command over and wakes the thread. On a closed queue, a request fails at once.
    func post(_ command: Command) {
        let closure = state.withLock { state in
            guard state.closure == nil else { return state.closure }
            state.waiting.append(command)
            // Where commands wait already, a wake-up is under way; each one costs the caller a system call.
            if state.waiting.count == 1 { state.sleeper?.wake() }
            return nil
        }
        if let closure, case .add(let exchange) = command { exchange.finish(closure) }
    }

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
