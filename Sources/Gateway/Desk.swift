import LocalQueue
import Logging
import Support

/// The queue's one owner: hands it events, gives its replies to those who wait, and wakes it when time has come.
///
/// A lock rather than an actor: a reply resumes its waiter in the very call that brought the job, and what the network
/// reports from its own threads takes effect in the order in which it happened.
final class Desk: Sendable {
    /// A report for a client's webhook.
    struct Post: Sendable {
        let id: Int
        let url: String
        let body: [UInt8]
    }

    /// Reports to be posted; ends when the desk does.
    let webhooks: AsyncStream<Post>

    private struct State {
        var queue: LocalQueue
        /// Requests that wait for a reply.
        var waiting: [LocalQueue.VisitID: Visit] = [:]
        var lastVisit = 0
        var isClosing = false
        var alarm: Alarm?
    }

    private struct Alarm {
        let at: LocalQueue.Instant
        let task: Task<Void, Never>
    }

    private let state: Lock<State>
    private let posts: AsyncStream<Post>.Continuation
    let logger: Logger

    init(queue: LocalQueue, logger: Logger) {
        state = Lock(State(queue: queue))
        (webhooks, posts) = AsyncStream.makeStream()
        self.logger = logger
    }

    /// Something that expects no reply.
    func tell(_ event: LocalQueue.Event) {
        act { state in
            switch event {
            case .beginClosing, .close: state.isClosing = true
            default: break
            }
            return state.queue.handle(event, at: .now)
        }
    }

    /// Whether it takes in nothing more.
    var isClosing: Bool { state.withLock { $0.isClosing } }

    /// Asks and waits for the reply, in a visit of its own that nobody watches.
    func ask(_ event: (LocalQueue.VisitID) -> LocalQueue.Event) async -> LocalQueue.Reply {
        let visit = open()
        return await ask(visit, event(visit.id)) ?? .refused(.cancelled)
    }

    /// Asks and waits for the reply. Nil: the visitor has gone.
    func ask(_ visit: Visit, _ event: LocalQueue.Event) async -> LocalQueue.Reply? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                var isGone = false
                act { state in
                    isGone = !visit.wait(continuation)
                    guard !isGone else { return [] }
                    state.waiting[visit.id] = visit
                    return state.queue.handle(event, at: .now)
                }
                if isGone { continuation.resume(returning: nil) }
            }
        } onCancel: {
            end(visit, delivered: false)
        }
    }

    /// A new visit.
    func open() -> Visit {
        state.withLock { state in
            state.lastVisit += 1
            return Visit(id: state.lastVisit)
        }
    }

    /// The visit is over: its answer was handed to the network, or its connection is gone.
    func end(_ visit: Visit, delivered: Bool) {
        var waiter: CheckedContinuation<LocalQueue.Reply?, Never>?
        act { state in
            switch visit.end() {
            case .waiting(let continuation):
                waiter = continuation
                state.waiting[visit.id] = nil
                return state.queue.handle(.gone(visit.id), at: .now)
            case .answered(let reply) where !delivered:
                return state.queue.handle(.undelivered(reply), at: .now)
            case .open, .answered, .ended:
                return []
            }
        }
        waiter?.resume(returning: nil)
    }

    /// Answers all who still wait and ends the webhooks.
    func close() {
        tell(.close)
        posts.finish()
        state.withLock { state in
            state.alarm?.task.cancel()
            state.alarm = nil
        }
    }

    private func act(_ body: (inout State) -> [LocalQueue.Action]) {
        var answers: [(CheckedContinuation<LocalQueue.Reply?, Never>, LocalQueue.Reply)] = []
        let actions = state.withLock { state in
            let actions = body(&state)
            for case .reply(let id, let reply) in actions {
                if let continuation = state.waiting.removeValue(forKey: id)?.answer(reply) {
                    answers.append((continuation, reply))
                }
            }
            setAlarm(&state)
            return actions
        }
        for (continuation, reply) in answers { continuation.resume(returning: reply) }
        for action in actions { perform(action) }
    }

    private func perform(_ action: LocalQueue.Action) {
        switch action {
        case .reply: break
        case .post(let id, _, let url, let body): posts.yield(Post(id: id, url: url, body: body.bytes))
        case .note(let note): logger.log(note)
        }
    }

    /// One sleeping task for all deadlines; replaced only by an earlier one.
    private func setAlarm(_ state: inout State) {
        guard let next = state.queue.nextDeadline() else { return }
        if let alarm = state.alarm {
            guard next < alarm.at else { return }
            alarm.task.cancel()
        }
        let task = Task { [weak self] in
            guard (try? await Task.sleep(until: next, clock: .continuous)) != nil else { return }
            self?.ring()
        }
        state.alarm = Alarm(at: next, task: task)
    }

    private func ring() {
        act { state in
            state.alarm = nil
            return state.queue.handle(.tick, at: .now)
        }
    }
}

extension Refusal {
    fileprivate static let cancelled = Refusal(503, "The request was cancelled. Send it again.")
}
