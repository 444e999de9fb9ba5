import Jobs
import Logging
import Support

/// Performs what the `OutageGate` decides: lets requests to the queue pass, makes them wait, wakes them in order.
final class Gatekeeper: Sendable {
    private struct Waiter {
        let id: Int
        let request: QueueRequest
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var gate = OutageGate()
        var waiters: [Waiter] = []
        var nextID = 0
        var armed: ContinuousClock.Instant?
        var answers = 0
        /// How many probes there had been when a kind of request last was one.
        var lastProbes: [QueueRequest: Int] = [:]
        var probes = 0
        var generator = SystemRandomNumberGenerator()

        /// Results first, then whatever has not been a probe for the longest time: a queue that takes everything but one
        /// result would else never be asked for a job again.
        mutating func takeProbe() -> Waiter? {
            let next = waiters.indices.min { first, second in
                let (first, second) = (waiters[first].request, waiters[second].request)
                return (lastProbes[first] ?? 0, first.rank) < (lastProbes[second] ?? 0, second.rank)
            }
            guard let next else { return nil }
            probes += 1
            lastProbes[waiters[next].request] = probes
            return waiters.remove(at: next)
        }

        mutating func takeWaiters() -> [Waiter] {
            defer { waiters = [] }
            return waiters
        }
    }

    private let state = Lock(State())
    private let logger: Logger
    private let onDeadConnection: @Sendable () -> Void

    /// - Parameter onDeadConnection: called for each request that broke or found no connection
    init(logger: Logger, onDeadConnection: @escaping @Sendable () -> Void = {}) {
        self.logger = logger
        self.onDeadConnection = onDeadConnection
    }

    /// A ticket for a request that can as well be left out: nil while the gate is shut. It never probes.
    func passIfOpen() -> OutageGate.Ticket? {
        state.withLock { state in
            guard state.gate.isOpen, case .go(let ticket) = state.gate.admit(at: .now, using: &state.generator)
            else { return nil }
            return ticket
        }
    }

    /// Returns when a request may go to the queue; report its outcome with the ticket.
    func pass(_ request: QueueRequest) async throws(CancellationError) -> OutageGate.Ticket {
        while !Task.isCancelled {
            switch state.withLock({ $0.gate.admit(at: .now, using: &$0.generator) }) {
            case .go(let ticket):
                armTimer()
                return ticket
            case .wait:
                await waitTurn(request)
            }
        }
        // Whoever was woken in vain must not be the last who was: the others wait for a timer.
        armTimer()
        throw CancellationError()
    }

    /// False during an outage.
    var isOpen: Bool { state.withLock { $0.gate.isOpen } }

    /// How many requests the queue has answered as it should.
    var answers: Int { state.withLock { $0.answers } }

    /// The queue answered as it should.
    func succeeded() {
        let woken: [Waiter] = state.withLock { state in
            state.answers += 1
            return state.gate.succeeded() ? state.takeWaiters() : []
        }
        if !woken.isEmpty { logger.info("the queue answers again") }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// The request failed. Only what speaks of the queue as a whole shuts the gate; what does not opens it if the queue
    /// has answered, unless it is the stop channel, which may fail alone and may answer alone.
    func failed(_ ticket: OutageGate.Ticket, _ failure: QueueFailure, of request: QueueRequest) {
        if failure.kind == .unreachable { onDeadConnection() }
        guard failure.isOutage(of: request) else {
            if case .status = failure.kind, request != .stop { succeeded() }
            return
        }
        let wait = state.withLock { state in
            state.gate.failed(ticket, retryAfter: failure.requestedWait, at: .now, using: &state.generator)
        }
        guard let wait else { return }
        logger.warning("queue: \(failure); next attempt in \(wait.milliseconds) ms")
        armTimer()
    }

    private func waitTurn(_ request: QueueRequest) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    // Under the lock that the cancellation handler takes too: one of the two sees the other.
                    guard !Task.isCancelled, !state.gate.isOpen else { return true }
                    state.waiters.append(Waiter(id: id, request: request, continuation: continuation))
                    return false
                }
                resumeNow ? continuation.resume() : armTimer()
            }
        } onCancel: {
            let waiter: Waiter? = state.withLock { state in
                guard let index = state.waiters.firstIndex(where: { $0.id == id }) else { return nil }
                return state.waiters.remove(at: index)
            }
            waiter?.continuation.resume()
        }
    }

    /// One timer for all waiters: it wakes the first of them when the gate admits a probe.
    private func armTimer() {
        let deadline: ContinuousClock.Instant? = state.withLock { state in
            guard !state.waiters.isEmpty, let reopens = state.gate.reopens, state.armed != reopens else { return nil }
            state.armed = reopens
            return reopens
        }
        guard let deadline else { return }
        Task {
            try? await Task.sleep(until: deadline, clock: .continuous)
            wakeFirst(armed: deadline)
        }
    }

    private func wakeFirst(armed: ContinuousClock.Instant) {
        let waiter: Waiter? = state.withLock { state in
            guard state.armed == armed else { return nil }
            state.armed = nil
            return state.takeProbe()
        }
        waiter?.continuation.resume()
    }
}

extension QueueRequest {
    /// Who goes first when one may go: a finished result is worth more than a question for the next job.
    fileprivate var rank: Int {
        switch self {
        case .result: 0
        case .take: 1
        case .stop: 2
        }
    }
}
