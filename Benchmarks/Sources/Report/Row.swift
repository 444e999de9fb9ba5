/// One line of the table, and what its figures mean.
struct Row: Sendable {
    let title: String
    let unit: String
    let target: Target
    /// From which moment to which, and where the clock stood.
    let meaning: String

    init(_ title: String, unit: String, target: Target = .none, meaning: String) {
        self.title = title
        self.unit = unit
        self.target = target
        self.meaning = meaning
    }
}

/// A row with a value for each round.
struct Finding: Sendable {
    let row: Row
    var sdk: [Double] = []
    var ours: [Double] = []

    init(_ row: Row) {
        self.row = row
    }

    var verdict: Target.Verdict {
        row.target.verdict(ours: Sample(ours).median, sdk: Sample(sdk).median)
    }

    /// A line of a Markdown table.
    var line: String {
        let cells = [row.title, text(of: sdk), text(of: ours), row.target.text(unit: row.unit), verdict.rawValue]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    /// The median over the rounds and, of more than one, the least and the largest.
    private func text(of values: [Double]) -> String {
        let sample = Sample(values)
        guard let median = sample.median, let least = sample.least, let most = sample.most else { return "–" }
        let figure = "\(median.readable) \(row.unit)"
        guard least != most else { return figure }
        return "\(figure) (\(least.readable) to \(most.readable))"
    }
}
