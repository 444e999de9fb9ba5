extension Timeline {
    /// A stretch of the critical path.
    public struct Stretch: Sendable, Hashable {
        /// Index into `phases`, of a leaf.
        public let phase: Int
        /// When it was this phase that was waited for.
        public internal(set) var interval: Range<Instant>
    }

    /// What the start waited for, in order: each instant belongs to one leaf phase at most, and an instant that a leaf
    /// covers to exactly one, so that the stretches and `unattributed` make up `total`.
    public var criticalPath: [Stretch] {
        let leaves = leaves.map { index in
            PathFinder.Leaf(phase: index, rank: phases[index].rank, interval: interval(of: phases[index]))
        }
        var path = PathFinder(leaves: leaves)
        return path.walk(back: origin..<end)
    }
}

/// Who gets the time in which several ran: work, before what goes on beside it, before waiting for a job.
private enum PathRank: Int {
    case work, beside, idle
}

extension Phase {
    fileprivate var rank: PathRank { isIdle ? .idle : isWait ? .beside : .work }
}

/// Finds the critical path by walking back from the end.
///
/// What ended last before a phase began is taken for what that phase had waited for. Starting at the end of the start,
/// each such step leads one phase back. Time between two steps goes to a leaf that ran just then, to work rather than
/// to a wait; if none did, it stays unattributed.
private struct PathFinder {
    struct Leaf {
        let phase: Int
        let rank: PathRank
        let interval: Range<Instant>
    }

    private let work: [Leaf]
    private let waits: [Leaf]
    /// Latest first.
    private var stretches: [Timeline.Stretch] = []

    init(leaves: [Leaf]) {
        let leaves = leaves.filter { !$0.interval.isEmpty }
        work = leaves.filter { $0.rank == .work }
        waits = leaves.filter { $0.rank != .work }
    }

    mutating func walk(back range: Range<Instant>) -> [Timeline.Stretch] {
        var time = range.upperBound
        while let step = lastStep(before: time) {
            fill(step.interval.upperBound..<time)
            prepend(step.phase, step.interval)
            time = step.interval.lowerBound
        }
        fill(range.lowerBound..<time)
        return stretches.reversed()
    }

    /// Of those that ended together, the longest.
    private func lastStep(before time: Instant) -> Leaf? {
        work.filter { $0.interval.upperBound <= time }.max {
            ($0.interval.upperBound, $1.interval.lowerBound, $1.phase)
                < ($1.interval.upperBound, $0.interval.lowerBound, $0.phase)
        }
    }

    /// Gives the time between two steps to what ran alongside.
    private mutating func fill(_ range: Range<Instant>) {
        guard !range.isEmpty else { return }
        let running = (work + waits).filter { $0.interval.overlaps(range) }
        let edges = running.flatMap { [$0.interval.lowerBound, $0.interval.upperBound] }.filter(range.contains)
        let borders = Set(edges + [range.lowerBound, range.upperBound]).sorted()
        for (from, to) in zip(borders, borders.dropFirst()).reversed() {
            let covering = running.filter { $0.interval.contains(from) }
            if let owner = covering.min(by: Self.isLikelier) { prepend(owner.phase, from..<to) }
        }
    }

    /// By rank, then what was over sooner: more of what came after can have depended on it.
    private static func isLikelier(_ left: Leaf, _ right: Leaf) -> Bool {
        guard left.rank == right.rank else { return left.rank.rawValue < right.rank.rawValue }
        return (left.interval.upperBound, left.interval.lowerBound, left.phase)
            < (right.interval.upperBound, right.interval.lowerBound, right.phase)
    }

    private mutating func prepend(_ phase: Int, _ interval: Range<Instant>) {
        if let last = stretches.last, last.phase == phase, last.interval.lowerBound == interval.upperBound {
            stretches[stretches.count - 1].interval = interval.lowerBound..<last.interval.upperBound
        } else {
            stretches.append(Timeline.Stretch(phase: phase, interval: interval))
        }
    }
}
