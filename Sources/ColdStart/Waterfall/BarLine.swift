/// One row's bar in characters, drawn to an eighth of a column where the character set has such blocks.
struct BarLine {
    /// What a column shows.
    enum Cell: Equatable {
        case empty
        /// A part that counts: the eighths that it fills, from the left.
        case solid(Range<Int>)
        case light
        /// A span without weight of its own.
        case line(Character)
        /// A phase that had not ended.
        case running
    }

    private(set) var cells: [Cell]

    init(columns: Int) {
        cells = Array(repeating: .empty, count: columns)
    }

    /// Parts that count. Even the shortest shows.
    mutating func addSolid(_ parts: [Range<Double>]) {
        for part in parts {
            let eighths = eighths(of: part)
            for column in eighths.lowerBound / 8...(eighths.upperBound - 1) / 8 {
                let inCell = max(eighths.lowerBound - column * 8, 0)..<min(eighths.upperBound - column * 8, 8)
                cells[column] = cells[column].adding(inCell)
            }
        }
    }

    mutating func addLight(_ extent: Range<Double>) {
        for column in columns(of: extent) { cells[column] = .light }
    }

    /// A span over a group's parts, `├──┤`: wide enough for all of them.
    mutating func addSpan(_ extent: Range<Double>) {
        let columns = columns(of: extent, .down, .up)
        for column in columns { cells[column] = .line("─") }
        cells[columns.lowerBound] = .line(columns.count == 1 ? "│" : "├")
        if columns.count > 1 { cells[columns.upperBound - 1] = .line("┤") }
    }

    mutating func markRunning(_ extent: Range<Double>) {
        cells[columns(of: extent).upperBound - 1] = .running
    }

    private func columns(
        of extent: Range<Double>,
        _ lower: FloatingPointRoundingRule = .toNearestOrAwayFromZero,
        _ upper: FloatingPointRoundingRule = .toNearestOrAwayFromZero
    ) -> Range<Int> {
        let first = min(max(Int((extent.lowerBound * Double(cells.count)).rounded(lower)), 0), cells.count - 1)
        let end = Int((extent.upperBound * Double(cells.count)).rounded(upper))
        return first..<min(max(end, first + 1), cells.count)
    }

    private func eighths(of part: Range<Double>) -> Range<Int> {
        let whole = cells.count * 8
        let first = min(max(Int((part.lowerBound * Double(whole)).rounded()), 0), whole - 1)
        let end = Int((part.upperBound * Double(whole)).rounded())
        return first..<min(max(end, first + 1), whole)
    }
}

extension BarLine.Cell {
    fileprivate func adding(_ eighths: Range<Int>) -> BarLine.Cell {
        switch self {
        case .solid(let filled):
            .solid(min(filled.lowerBound, eighths.lowerBound)..<max(filled.upperBound, eighths.upperBound))
        // A sliver would wipe out the light bar around it.
        case .light where eighths.count < 4: .light
        default: .solid(eighths)
        }
    }
}
