import JSON

/// What both pictures of a start show, before either is drawn: the title, the rows and the axis.
struct Picture {
    /// How a row's time counts.
    enum Role: Sendable {
        /// On the critical path, wholly or for a part.
        case path
        /// On it, but only waiting for work.
        case wait
        /// Beside it.
        case alongside
        /// The sum of the rows below it.
        case group
        /// Not explained by any phase.
        case unattributed
    }

    /// A line of the picture. Positions are fractions of the start, 0 to 1.
    struct Row {
        let label: String
        let depth: Int
        let role: Role
        /// From the phase's begin to its end.
        let extent: Range<Double>
        /// The parts of it that add up to the total.
        let counted: [Range<Double>]
        /// In brackets if it does not add up to the total with the others.
        let time: String
        /// Of the total; empty if it does not add up.
        let share: String
        let isRunning: Bool
        let attributes: JSON.Object
    }

    let timeline: Timeline
    let figures: Figures
    /// One unit for a whole column: it is to be read as a sum.
    private let unit: Figures.Unit

    init(_ timeline: Timeline) {
        self.timeline = timeline
        unit = timeline.total < .seconds(1) ? .tenths : .milliseconds
        figures = Figures(timeline, in: unit)
    }

    /// Parents before their parts, siblings by their beginning, and last what nothing explains.
    var rows: [Row] {
        let parts = Dictionary(grouping: timeline.phases.indices) { timeline.phases[$0].parent }
        let path = Dictionary(grouping: timeline.criticalPath, by: \.phase)
        var rows: [Row] = []
        func add(partsOf parent: PhaseID?, depth: Int) {
            let siblings = (parts[parent] ?? []).sorted {
                (timeline.phases[$0].begin, $0) < (timeline.phases[$1].begin, $1)
            }
            for index in siblings {
                let isGroup = parts[PhaseID(index: index)] != nil
                rows.append(row(index, depth, isGroup: isGroup, path[index]?.map(\.interval) ?? []))
                add(partsOf: PhaseID(index: index), depth: depth + 1)
            }
        }
        add(partsOf: nil, depth: 0)
        return rows + [unattributedRow]
    }

    private func row(_ index: Int, _ depth: Int, isGroup: Bool, _ counted: [Range<Instant>]) -> Row {
        let phase = timeline.phases[index]
        let share = figures.path.reduce(0) { $0 + ($1.phase == index ? $1.length : 0) }
        let interval = timeline.interval(of: phase)
        // What took no time at all is on no path, but it ran beside none either.
        let isCounted = !isGroup && (!counted.isEmpty || interval.isEmpty)
        let role: Role = isGroup ? .group : !isCounted ? .alongside : phase.isWait ? .wait : .path
        return Row(
            label: phase.name.printable,
            depth: depth,
            role: role,
            extent: fractions(interval),
            counted: isCounted && counted.isEmpty ? [fractions(interval)] : counted.map(fractions),
            time: isCounted ? countedTime(share, index) : "(\(column(figures.lengths[index], of: interval.length)))",
            share: isCounted && share > 0 ? TimeText.percent(share, of: figures.total) : "",
            isRunning: phase.end == nil,
            attributes: phase.attributes
        )
    }

    /// `812 ms`, or `11 of 858 ms` if the rest ran alongside.
    private func countedTime(_ share: Int, _ index: Int) -> String {
        let length = figures.lengths[index]
        let whole = column(length, of: timeline.interval(of: timeline.phases[index]).length)
        return share == length ? whole : "\(number(share)) of \(whole)"
    }

    private var unattributedRow: Row {
        Row(
            label: "unattributed",
            depth: 0,
            role: .unattributed,
            extent: 0..<0,
            counted: timeline.gaps.map(fractions),
            time: column(figures.unattributed, of: timeline.unattributed),
            share: TimeText.percent(figures.unattributed, of: figures.total),
            isRunning: false,
            attributes: [:]
        )
    }

    /// The last row's figures: what the column adds up to.
    var total: (time: String, share: String) {
        (column(figures.total), TimeText.percent(figures.total, of: figures.total))
    }

    private func column(_ units: Int) -> String {
        "\(number(units)) \(isInSeconds ? "s" : "ms")"
    }

    /// What rounds to nothing is still something.
    private func column(_ units: Int, of length: Duration) -> String {
        units == 0 && length > .zero ? "<\(column(1))" : column(units)
    }

    private func number(_ units: Int) -> String {
        if unit == .tenths { return TimeText.decimal(units, of: 10, digits: 1) }
        return isInSeconds ? TimeText.decimal(units, of: 1000, digits: 3) : String(units)
    }

    private var isInSeconds: Bool { timeline.total >= .seconds(10) }

    private func fractions(_ interval: Range<Instant>) -> Range<Double> {
        guard timeline.total > .zero else { return 0..<0 }
        func fraction(_ instant: Instant) -> Double { timeline.origin.duration(to: instant) / timeline.total }
        return fraction(interval.lowerBound)..<fraction(interval.upperBound)
    }
}
