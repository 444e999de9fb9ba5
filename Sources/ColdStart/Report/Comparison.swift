/// Two starts, phase by phase.
struct Comparison: Sendable {
    /// A phase that at least one of them has.
    struct Row: Sendable {
        let name: String
        let depth: Int
        let first: Duration?
        let second: Duration?

        /// Above zero: the second took longer.
        var change: Duration { (second ?? .zero) - (first ?? .zero) }
    }

    let first: KeptStart
    let second: KeptStart
    /// In the first one's order, then those that only the second has; last, unattributed and total.
    let rows: [Row]

    init(_ first: KeptStart, _ second: KeptStart) {
        self.first = first
        self.second = second
        let lengths = [first, second].map { Self.lengths($0.timeline) }
        var seen: Set<String> = []
        let names = [first, second].flatMap { start in
            start.timeline.phases.indices.map { (start.timeline.phases[$0].name, start.timeline.depth(of: $0)) }
        }.filter { seen.insert($0.0).inserted }
        rows =
            names.map { Row(name: $0.0, depth: $0.1, first: lengths[0][$0.0], second: lengths[1][$0.0]) } + [
                Row(
                    name: Timeline.unattributedName,
                    depth: 0,
                    first: first.timeline.unattributed,
                    second: second.timeline.unattributed
                ),
                Row(name: "total", depth: 0, first: first.timeline.total, second: second.timeline.total),
            ]
    }

    private static func lengths(_ timeline: Timeline) -> [String: Duration] {
        timeline.phases.reduce(into: [:]) { $0[$1.name, default: .zero] += timeline.interval(of: $1).length }
    }
}
