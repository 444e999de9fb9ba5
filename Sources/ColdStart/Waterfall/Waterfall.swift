/// A start as a picture for the terminal: a row a phase, bars on one time axis.
///
/// Solid bars are the critical path; with the last row, what nothing explains, they fill the axis, and their figures add
/// up to the total. Light bars ran alongside; they and the spans of groups have their figures in brackets.
public struct Waterfall: Sendable {
    /// How it is drawn.
    public enum Style: Sendable {
        /// Characters alone.
        case plain
        /// With a terminal's colours.
        case colour
    }

    private static let legend = "█ adds up to the total   ░ ran alongside, time in brackets"

    private let timeline: Timeline
    private let width: Int
    let style: Style

    /// - Parameter width: columns of the whole picture, held between 60 and 200
    public init(_ timeline: Timeline, width: Int = 100, style: Style = .plain) {
        self.timeline = timeline
        self.width = min(max(width, 60), 200)
        self.style = style
    }

    /// The picture, lines separated by newlines.
    public func render() -> String {
        let picture = Picture(timeline)
        let rows = picture.rows
        let layout = Layout(picture, rows, width: width)
        var lines = [heading(picture.title), ""]
        lines += rows.map { line($0, layout) }
        lines += [axis(picture, layout), "", paint(Self.legend, .faint)]
        return lines.joined(separator: "\n")
    }

    private func heading(_ title: Picture.Title) -> String {
        let room = max(1, width - title.kind.count - title.total.count - title.rest.count - 6)
        // The last row has the share, too; of a narrow line the model's name is the better use.
        let fits = title.subject.count + title.share.count < room
        let parts = [title.subject.cut(to: room), fits ? "\(title.rest) \(title.share)" : title.rest]
        let rest = parts.filter { !$0.isEmpty }.joined(separator: "  ")
        return "\(paint(title.kind, .strong))  \(paint(title.total, .path))  \(rest)"
    }

    private func line(_ row: Picture.Row, _ layout: Layout) -> String {
        let label = (String(repeating: " ", count: row.depth * 2) + row.label + (row.isRunning ? " …" : ""))
            .cut(to: layout.label).padded(to: layout.label)
        let figures = layout.figures(row.time, row.share)
        let isSecondary = row.role == .alongside || row.role == .group
        let line = [
            paint(label, row.role == .group ? .strong : row.role == .unattributed ? .unattributed : .normal),
            bar(row, columns: layout.bar),
            paint(figures.trimmed, isSecondary ? .faint : .normal),
        ]
        return line.joined(separator: " ").trimmed
    }

    private func bar(_ row: Picture.Row, columns: Int) -> String {
        var bar = BarLine(columns: columns)
        switch row.role {
        case .group: bar.addSpan(row.extent)
        case .unattributed: break
        case .alongside: bar.addLight(row.extent)
        case .path, .wait: if row.counted != [row.extent] { bar.addLight(row.extent) }
        }
        bar.addSolid(row.counted)
        if row.isRunning { bar.markRunning(row.extent) }
        return paint(bar, row.role)
    }

    private func axis(_ picture: Picture, _ layout: Layout) -> String {
        var axis = Array(repeating: Character(" "), count: layout.bar)
        var free = 0
        for tick in picture.ticks(atMost: layout.bar / 8) {
            let text = "╵\(tick.label)"
            let column = Int(tick.position * Double(layout.bar))
            guard column >= free, column + text.count <= layout.bar else { continue }
            axis.replaceSubrange(column..<column + text.count, with: text)
            free = column + text.count + 1
        }
        let total = layout.figures(picture.total.time, picture.total.share)
        let label = "total".padded(to: layout.label)
        return "\(paint(label, .strong)) \(paint(String(axis), .faint)) \(paint(total.trimmed, .strong))"
    }
}

/// How the columns are shared out.
private struct Layout {
    let label: Int
    let bar: Int
    let time: Int
    let share: Int

    init(_ picture: Picture, _ rows: [Picture.Row], width: Int) {
        let widest = rows.map { $0.label.count + $0.depth * 2 + ($0.isRunning ? 2 : 0) }.max() ?? 0
        label = min(widest, width * 3 / 10)
        time = max(picture.total.time.count, rows.map(\.time.count).max() ?? 0) + 1
        share = 8
        // Times of a damaged record may be so long that nothing is left.
        bar = max(8, width - label - time - share - 2)
    }

    /// Units stand below each other: a closing bracket stands to their right.
    func figures(_ time: String, _ share: String) -> String {
        (time.hasSuffix(")") ? time : time + " ").padded(from: self.time) + share.padded(from: self.share)
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }

    func padded(from width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }

    /// Not longer than `width`, but never nothing: labels of deeply nested phases have less and less room.
    func cut(to width: Int) -> String {
        count <= max(1, width) ? self : "\(prefix(max(0, width - 1)))…"
    }

    /// Without blanks at its end.
    var trimmed: String {
        guard let last = lastIndex(where: { $0 != " " }) else { return "" }
        return String(self[...last])
    }
}
