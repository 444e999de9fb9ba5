/// All kept starts of one kind, a phase a row. Only those that became ready count; failures are counted apart.
struct KindSummary: Sendable {
    /// A phase over the starts that had it.
    struct Row: Sendable {
        let name: String
        /// How many phases it is a part of.
        let depth: Int
        /// Whether it only waits for a job: then it is no part of the total.
        let isIdle: Bool
        let lengths: Percentiles
    }

    let kind: StartKind
    let starts: Int
    let failed: Int
    /// From the beginning of each start to its end, less the time in which it only waited for a job.
    let totals: Percentiles
    let unattributed: Percentiles
    /// By when they begin.
    let rows: [Row]

    /// Nil if there are none.
    init?(_ kind: StartKind, of starts: [KeptStart]) {
        let all = starts.filter { $0.timeline.kind == kind }
        guard !all.isEmpty else { return nil }
        let ready = all.filter { $0.error == nil }
        self.kind = kind
        self.starts = ready.count
        failed = all.count - ready.count
        totals = Percentiles(ready.map(\.timeline.workTime))
        unattributed = Percentiles(ready.map(\.timeline.unattributed))
        rows = Self.rows(ready.map(\.timeline))
    }

    private static func rows(_ timelines: [Timeline]) -> [Row] {
        struct Column {
            var lengths: [Duration] = []
            var begins: [Duration] = []
            var depth = 0
            var place = 0
            var isIdle = false
        }
        var columns: [String: Column] = [:]
        for timeline in timelines {
            for (name, indices) in Dictionary(grouping: timeline.phases.indices, by: { timeline.phases[$0].name }) {
                let intervals = indices.map { timeline.interval(of: timeline.phases[$0]) }
                guard let begin = intervals.map(\.lowerBound).min(), let first = indices.first else { continue }
                var column = columns[name] ?? Column()
                column.lengths.append(intervals.reduce(.zero) { $0 + $1.length })
                column.begins.append(timeline.origin.duration(to: begin))
                column.depth = timeline.depth(of: first)
                column.place = first
                column.isIdle = timeline.phases[first].isIdle
                columns[name] = column
            }
        }
        // Where a parent and its first part begin together, the parent stands first: it was known before.
        let order = columns.sorted { left, right in
            (Percentiles(left.value.begins).p50, left.value.place, left.key)
                < (Percentiles(right.value.begins).p50, right.value.place, right.key)
        }
        return order.map { name, column in
            Row(name: name, depth: column.depth, isIdle: column.isIdle, lengths: Percentiles(column.lengths))
        }
    }
}

extension Timeline {
    /// How many phases this one is a part of.
    func depth(of index: Int) -> Int {
        var depth = 0
        var parent = phases[index].parent
        while let above = parent {
            depth += 1
            parent = phases[above.index].parent
        }
        return depth
    }

    /// The total less what was only waited for: how long a lazy start idles is its users' doing.
    public var workTime: Duration {
        criticalPath.filter { phases[$0.phase].isIdle }.reduce(total) { $0 - $1.interval.length }
    }

    /// What each phase adds to the work, by name, and what nothing explains: they make up ``workTime``.
    public var shares: [String: Duration] {
        var shares = [Self.unattributedName: unattributed]
        for stretch in criticalPath where !phases[stretch.phase].isIdle {
            shares[phases[stretch.phase].name, default: .zero] += stretch.interval.length
        }
        return shares
    }

    /// The name under which that stands.
    public static let unattributedName = "unattributed"
}
