/// A start's times in whole units, as they are printed. They add up: total = unattributed + the critical path.
///
/// Lengths are never rounded. Each instant is rounded once, to its distance from the origin in whole units, and a
/// length is the difference of two such positions; where one phase ends and the next begins both use the same one. So
/// the sums are exact, and a phase prints the same length wherever it is printed.
struct Figures: Sendable {
    /// What the figures count.
    enum Unit: Int, Sendable {
        case microseconds = 1_000
        case tenths = 100_000
        case milliseconds = 1_000_000
    }

    /// A stretch of the critical path; those that round to nothing are left out.
    struct Share: Sendable, Hashable {
        /// Index into the timeline's phases.
        let phase: Int
        /// Units from the origin.
        let start: Int
        /// In units.
        let length: Int
    }

    let total: Int
    let unattributed: Int
    let path: [Share]
    /// Of each phase, in the timeline's order.
    let starts: [Int]
    /// Of each phase, in the timeline's order, whether or not it is on the path.
    let lengths: [Int]

    init(_ timeline: Timeline, in unit: Unit) {
        func position(_ instant: Instant) -> Int {
            (timeline.origin.duration(to: instant).wholeNanoseconds + unit.rawValue / 2) / unit.rawValue
        }
        func length(_ interval: Range<Instant>) -> Int {
            position(interval.upperBound) - position(interval.lowerBound)
        }
        let intervals = timeline.phases.map(timeline.interval)
        total = position(timeline.end)
        unattributed = timeline.gaps.reduce(0) { $0 + length($1) }
        path = timeline.criticalPath
            .map { Share(phase: $0.phase, start: position($0.interval.lowerBound), length: length($0.interval)) }
            .filter { $0.length > 0 }
        starts = intervals.map { position($0.lowerBound) }
        lengths = intervals.map(length)
    }

    /// The shares of each phase on the path taken together, in the order in which it was first waited for.
    var pathByPhase: [(phase: Int, length: Int)] {
        var order: [Int] = []
        var sums: [Int: Int] = [:]
        for share in path {
            if sums[share.phase] == nil { order.append(share.phase) }
            sums[share.phase, default: 0] += share.length
        }
        return order.map { ($0, sums[$0] ?? 0) }
    }
}

extension Duration {
    /// Rounded down; beyond the 292 years that fit, the nearest that does.
    var wholeNanoseconds: Int {
        let (seconds, attoseconds) = components
        let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflows else { return seconds < 0 ? .min / 2 : .max / 2 }
        return Int(whole) + Int(attoseconds / 1_000_000_000)
    }
}
