public import JSON

/// All phases of one start, on parallel tracks, and what can be said of their sum.
///
/// A phase that no other is a part of is a leaf. Only leaves explain time: what lies between the parts of a parent is
/// unattributed, however long the parent was.
public struct Timeline: Sendable, Hashable {
    /// How much had to be done.
    public let kind: StartKind
    /// When the start began.
    public let origin: Instant
    /// When it ended; while it runs, when this picture was taken.
    public let end: Instant
    /// Whether it had ended.
    public let isFinished: Bool
    /// In the order in which they became known: parents before their parts.
    public let phases: [Phase]
    /// What is known of the whole start: `model`, `engine`, `device` …
    public let attributes: JSON.Object
    /// How many phases were not taken, because there were too many.
    public let droppedPhases: Int

    /// A start. A parent that does not stand before its part in `phases` counts as none.
    public init(
        kind: StartKind = .cold,
        origin: Instant,
        end: Instant,
        isFinished: Bool = true,
        phases: [Phase],
        attributes: JSON.Object = [:],
        droppedPhases: Int = 0
    ) {
        self.kind = kind
        self.origin = origin
        self.end = max(origin, end)
        self.isFinished = isFinished
        // Which also keeps anybody from building a circle of parents.
        self.phases = phases.enumerated().map { index, phase in
            guard let parent = phase.parent?.index, !(0..<index).contains(parent) else { return phase }
            return Phase(phase.name, begin: phase.begin, end: phase.end, attributes: phase.attributes)
        }
        self.attributes = attributes
        self.droppedPhases = droppedPhases
    }

    /// From its beginning to its end.
    public var total: Duration { origin.duration(to: end) }

    /// Indices of the phases that no other phase is a part of.
    public var leaves: [Int] {
        let parents = Set(phases.compactMap { $0.parent?.index })
        return phases.indices.filter { !parents.contains($0) }
    }

    /// Total less the union of the leaf phases' intervals: the time that nothing explains.
    public var unattributed: Duration {
        gaps.reduce(.zero) { $0 + $1.length }
    }

    /// Where no leaf phase runs, in order.
    public var gaps: [Range<Instant>] {
        var gaps: [Range<Instant>] = []
        var covered = origin
        let intervals = leaves.map { interval(of: phases[$0]) }.filter { !$0.isEmpty }
        for interval in intervals.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if covered < interval.lowerBound { gaps.append(covered..<interval.lowerBound) }
            covered = max(covered, interval.upperBound)
        }
        if covered < end { gaps.append(covered..<end) }
        return gaps
    }

    /// The part of a phase that lies within this start; one that still runs lasts to the end of the picture.
    func interval(of phase: Phase) -> Range<Instant> {
        (phase.begin..<max(phase.begin, phase.end ?? end)).clamped(to: origin..<end)
    }
}

extension Range<Instant> {
    /// From its lower to its upper bound.
    var length: Duration { lowerBound.duration(to: upperBound) }
}
