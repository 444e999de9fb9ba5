import LocalQueue
import Support

/// One HTTP exchange in the queue's eyes: it asks, once or several times, and its connection may go away meanwhile.
final class Visit: Sendable {
    enum Stage: Sendable {
        case open
        case waiting(CheckedContinuation<LocalQueue.Reply?, Never>)
        /// It has its reply, but perhaps has not passed it on yet.
        case answered(LocalQueue.Reply)
        case ended
    }

    let id: LocalQueue.VisitID
    private let stage = Lock(Stage.open)

    init(id: LocalQueue.VisitID) {
        self.id = id
    }

    /// Begins to wait for a reply; false if the visit has ended.
    func wait(_ continuation: CheckedContinuation<LocalQueue.Reply?, Never>) -> Bool {
        stage.withLock { stage in
            if case .ended = stage { return false }
            stage = .waiting(continuation)
            return true
        }
    }

    /// Takes the reply for whoever waits, if anybody does.
    func answer(_ reply: LocalQueue.Reply) -> CheckedContinuation<LocalQueue.Reply?, Never>? {
        stage.withLock { stage in
            guard case .waiting(let continuation) = stage else { return nil }
            stage = .answered(reply)
            return continuation
        }
    }

    /// Ends the visit and says where it stood.
    func end() -> Stage {
        stage.withLock { stage in
            defer { stage = .ended }
            return stage
        }
    }
}
