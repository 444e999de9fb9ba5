import Support

/// How one attempt to bring a report to a collector ended.
enum ExportOutcome: Sendable, Hashable {
    case delivered
    /// A collector that is away or busy; it may have said when to come again.
    case postponed(after: Duration?, why: String)
    /// It will never take this report.
    case refused(why: String)
}

/// What waits to be sent of one kind, and what to do when it could not be: pure.
///
/// One report is on its way at a time. Above its capacity the oldest goes: for metrics, of which each report says all that
/// the one before said, the capacity is one.
struct ExportLane<Report: Sendable>: Sendable {
    /// What follows from an attempt.
    struct Step: Sendable, Hashable {
        /// How long to wait before the next attempt.
        var wait = Duration.zero
        /// What to tell: once when an outage begins and once when it is over.
        var notice: Notice?
    }

    enum Notice: Sendable, Hashable {
        case away(why: String)
        case refused(why: String)
        case back(lost: Int)
    }

    private let capacity: Int
    private var waiting: [Report] = []
    private var current: Report?
    private var backoff: Backoff
    private var isTroubled = false
    private var lost = 0

    init(capacity: Int, backoff: Backoff) {
        self.capacity = max(1, capacity)
        self.backoff = backoff
    }

    var isEmpty: Bool { waiting.isEmpty && current == nil }

    mutating func add(_ report: Report) {
        waiting.append(report)
        makeRoom()
    }

    /// The report to send now; nil if there is none or one is on its way.
    mutating func next() -> Report? {
        guard current == nil, !waiting.isEmpty else { return nil }
        current = waiting.removeFirst()
        return current
    }

    mutating func ended(_ outcome: ExportOutcome, using generator: inout some RandomNumberGenerator) -> Step {
        guard let report = current.take() else { return Step() }
        switch outcome {
        case .delivered:
            backoff.reset()
            guard isTroubled else { return Step() }
            defer { (isTroubled, lost) = (false, 0) }
            return Step(notice: .back(lost: lost))
        case .postponed(let requested, let why):
            waiting.insert(report, at: 0)
            makeRoom()
            // A collector's own word counts, and never less than our own patience.
            return Step(
                wait: max(backoff.next(using: &generator), requested ?? .zero),
                notice: trouble(.away(why: why))
            )
        case .refused(let why):
            lost += 1
            return Step(notice: trouble(.refused(why: why)))
        }
    }

    private mutating func makeRoom() {
        let excess = max(0, waiting.count - capacity)
        waiting.removeFirst(excess)
        // What makes room for a report that holds it is not lost.
        if capacity > 1 { lost += excess }
    }

    private mutating func trouble(_ notice: Notice) -> Notice? {
        defer { isTroubled = true }
        return isTroubled ? nil : notice
    }
}
