public import Support

/// One gate for all requests to a queue: open while it answers, and while it does not, one probe at a time.
///
/// Without it every slot, result and poll would knock on its own during an outage; the official SDK sends 2,600 to
/// 8,600 requests a second at a dead queue. Admission is by time alone: a probe that hangs (a take may be held for
/// 90 s) never keeps the next one from going when its wait is over.
public struct OutageGate: Sendable {
    /// A point in time, in seconds of an arbitrary monotonic clock.
    public typealias Instant = ContinuousClock.Instant

    /// What a request is told.
    public enum Admission: Sendable, Hashable {
        /// Go, and report with this ticket.
        case go(Ticket)
        /// Ask again at this time, or when the gate opens.
        case wait(until: Instant)
    }

    /// Proof of admission; tells failures of this outage from stragglers of the one before.
    public struct Ticket: Sendable, Hashable {
        fileprivate let round: Int
    }

    /// A 429 that names no time.
    public static let throttleWait = Duration.seconds(5)

    private var backoff: Backoff
    private var round = 0
    /// When the next probe may go; nil while the gate is open.
    public private(set) var reopens: Instant?

    /// An open gate.
    ///
    /// - Parameter backoff: to 5 s, so that nobody waits much longer than that for a queue that is back. Half of each wait
    ///   is certain: with full jitter luck alone would bound the requests of an outage's first ten seconds; with this
    ///   they are ten at most
    public init(backoff: Backoff = Backoff(to: .seconds(5), certain: 0.5)) {
        self.backoff = backoff
    }

    /// False during an outage.
    public var isOpen: Bool { reopens == nil }

    /// May a request go now?
    ///
    /// A probe draws the wait after itself as it goes: counted by its failure, a queue that takes 200 ms to say no was asked
    /// ten times a second, because each probe's failure was overtaken by the next probe and counted for nothing.
    public mutating func admit(at now: Instant, using generator: inout some RandomNumberGenerator) -> Admission {
        guard let reopens else { return .go(Ticket(round: round)) }
        guard now >= reopens else { return .wait(until: reopens) }
        round += 1
        self.reopens = now + backoff.next(using: &generator)
        return .go(Ticket(round: round))
    }

    /// The queue answered as it should. Returns true if that ended an outage.
    public mutating func succeeded() -> Bool {
        backoff.reset()
        defer { reopens = nil }
        return reopens != nil
    }

    /// The queue did not answer as it should. Returns the wait that begins now, or nil for a straggler of an earlier
    /// round, which says nothing new.
    public mutating func failed(
        _ ticket: Ticket,
        retryAfter: Duration?,
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Duration? {
        guard ticket.round == round else { return nil }
        guard let reopens else {
            round += 1
            let wait = max(backoff.next(using: &generator), retryAfter ?? .zero)
            self.reopens = now + wait
            return wait
        }
        // A probe: its wait runs already, and the queue can only lengthen it.
        let reopening = max(reopens, now + (retryAfter ?? .zero))
        self.reopens = reopening
        return now.duration(to: reopening)
    }
}

/// What was asked of the queue, as far as a failure's meaning depends on it.
public enum QueueRequest: Sendable, Hashable {
    /// The next jobs.
    case take
    /// A result, a chunk or the progress of one job to be taken in.
    case result
    /// Ids of jobs to cancel.
    case stop
}

extension QueueFailure {
    /// Whether this says that the queue as a whole is down or wants to be left alone.
    ///
    /// For a result, a 4xx other than 429 speaks of that body, not of the queue. The stop channel is a convenience that
    /// not every queue has: only a broken connection there speaks of the queue.
    public func isOutage(of request: QueueRequest) -> Bool {
        switch kind {
        case .cancelled: false
        case .unreachable: true
        case .garbage: request != .stop
        case .timedOut: request == .result  // a long poll that ran its time is no outage
        case .status(429): request != .stop
        case .status(let status): request == .take || (request == .result && status >= 500)
        }
    }

    /// The wait that the queue asked for.
    public var requestedWait: Duration? {
        kind == .status(429) ? retryAfter ?? OutageGate.throttleWait : retryAfter
    }
}
