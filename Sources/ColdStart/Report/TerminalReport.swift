/// Many starts as a text for the terminal: the last one's waterfall, percentiles by kind, the storage's limit, what would
/// make starts shorter, and whether they vary too much.
public struct TerminalReport: Sendable {
    private let report: StartReport
    private let width: Int
    private let pen: Waterfall

    /// - Parameter width: columns, held between 60 and 200
    public init(_ report: StartReport, width: Int = 100, style: Waterfall.Style = .plain) {
        self.report = report
        self.width = min(max(width, 60), 200)
        // It draws nothing here, but knows the colours.
        pen = Waterfall(Timeline(origin: .now, end: .now, phases: []), width: width, style: style)
    }

    /// The text, lines separated by newlines.
    public func render() -> String {
        guard let last = report.starts.last else { return "no starts were kept" }
        var parts = [heading, lastStart(last)]
        parts += report.kinds.map(table)
        parts += [efficiency, savings, variance].filter { !$0.isEmpty }
        return parts.joined(separator: "\n\n")
    }

    /// Two starts beside each other.
    public func compare(_ first: KeptStart, _ second: KeptStart) -> String {
        let comparison = Comparison(first, second)
        let label = labelWidth(comparison.rows.map { ($0.name, $0.depth) })
        let header = row(cells: ["A", "B", "B − A"], "phase", label)
        let lines = comparison.rows.map { entry -> String in
            let cells = [entry.first, entry.second].map { $0.map(TimeText.short) ?? "–" }
            let isTotal = entry.name == "total"
            let ink: Waterfall.Ink = entry.change > .zero ? .unattributed : entry.change < .zero ? .alongside : .faint
            return row(
                cells: cells + [TimeText.signed(entry.change)],
                indented(entry.name, entry.depth),
                label,
                ink: isTotal ? .strong : .normal,
                lastInk: ink
            )
        }
        let titles = [("A", first), ("B", second)].map { letter, start in "\(letter)  \(title(start))" }
        return (titles + ["", pen.paint(header, .faint)] + lines).joined(separator: "\n")
    }

    private var heading: String {
        let (starts, workers) = (report.starts.count, report.workers)
        let days = [report.starts.first, report.starts.last].compactMap { $0?.began.day }
        let span = Set(days).count > 1 ? days.joined(separator: " to ") : days.first ?? ""
        return pen.paint(
            "\(starts) start\(starts == 1 ? "" : "s") of \(workers) worker\(workers == 1 ? "" : "s"), \(span)",
            .strong
        )
    }

    private func lastStart(_ start: KeptStart) -> String {
        "the last: \(title(start))\n\n" + Waterfall(start.timeline, width: width, style: pen.style).render()
    }

    private func title(_ start: KeptStart) -> String {
        let outcome = start.error.map { ", failed: \($0.printable)" } ?? ""
        return "\(start.began)  worker \(start.worker.printable)\(outcome)".cut(to: width - 3)
    }

    // MARK: Percentiles

    private func table(_ kind: KindSummary) -> String {
        let failed = kind.failed > 0 ? ", \(kind.failed) more failed" : ""
        let title = pen.paint("\(kind.kind.rawValue) starts: \(kind.starts) that became ready\(failed)", .strong)
        guard kind.starts > 0 else { return title }
        let label = labelWidth(kind.rows.map { ($0.name, $0.depth) })
        let header = row(cells: ["starts", "p50", "p95", "p99"], "phase", label)
        let whole = kind.totals.p50
        var lines = kind.rows.map { entry in
            line(indented(entry.name, entry.depth), entry.lengths, whole, label, entry.isIdle ? .wait : .path)
        }
        lines.append(line(Timeline.unattributedName, kind.unattributed, whole, label, .unattributed))
        lines.append(line("total", kind.totals, whole, label, nil))
        let note = "total leaves out the wait for a job; each percentile is a start that was measured"
        return ([title, pen.paint(header, .faint)] + lines + [pen.paint(wrapped(note, indent: 0), .faint)]).joined(
            separator: "\n"
        )
    }

    private func line(
        _ name: String,
        _ lengths: Percentiles,
        _ whole: Duration,
        _ label: Int,
        _ ink: Waterfall.Ink?
    ) -> String {
        let cells = [String(lengths.count)] + [lengths.p50, lengths.p95, lengths.p99].map(TimeText.short)
        let text = row(cells: cells, name, label, ink: ink == nil ? .strong : .normal)
        let columns = min(40, width - label - Self.cell * 4 - 2)
        // A wait is no part of the total, and may be longer.
        guard let ink, ink != .wait, columns >= 4, whole > .zero, lengths.p50 > .zero else { return text }
        var bar = BarLine(columns: columns)
        bar.addSolid([0..<min(1, lengths.p50 / whole)])
        return text + "  " + pen.paint(bar, ink == .path ? .path : .unattributed).trimmed
    }

    private static let cell = 10

    private func labelWidth(_ rows: [(name: String, depth: Int)]) -> Int {
        let widest = rows.map { indented($0.name, $0.depth).count }.max() ?? 0
        return min(max(widest, 12), width - Self.cell * 4, width * 2 / 5)
    }

    private func indented(_ name: String, _ depth: Int) -> String {
        String(repeating: " ", count: min(depth, 8) * 2) + name.printable
    }

    private func row(
        cells: [String],
        _ name: String,
        _ label: Int,
        ink: Waterfall.Ink = .normal,
        lastInk: Waterfall.Ink? = nil
    ) -> String {
        let cells = cells.map { $0.padded(from: Self.cell) }
        let last = cells.last ?? ""
        let all = name.cut(to: label).padded(to: label) + cells.dropLast().joined()
        return pen.paint(all, ink) + pen.paint(last, lastInk ?? ink)
    }

    // MARK: Words

    private var efficiency: String {
        let all = report.efficiencies
        guard let last = all.last else { return "" }
        let values = all.map(\.efficiency).sorted()
        let median = values[(values.count - 1) / 2]
        let floor = """
            the last load took \(TimeText.short(last.measured)); the floor was \(TimeText.short(last.floor.duration)): \
            \(TimeText.bytes(last.floor.bytes)) at \(TimeText.bytes(Int(last.floor.bytesPerSecond)))/s \
            (\(last.floor.source.printable))\(last.efficiency > 1 ? "; the weights were in memory already" : "")
            """
        let count = "over \(all.count) load\(all.count == 1 ? "" : "s")"
        let title = "efficiency \(TimeText.percent(last.efficiency)), median \(TimeText.percent(median)) \(count)"
        return "\(pen.paint(title, .strong))\n\(wrapped(floor, indent: 2))"
    }

    private var savings: String {
        guard !report.savings.isEmpty else { return "" }
        let lines = report.savings.map { saving in
            let time = ((saving.isUpperBound ? "up to " : "") + TimeText.short(saving.time)).padded(from: 16)
            let what = wrapped(saving.what, indent: 18).dropFirst(time.count)
            return "\(pen.paint(time, .path))\(what)\n" + pen.paint(wrapped(saving.setting, indent: 18), .strong)
        }
        let shared = Set(report.savings.flatMap(\.phases)).count < report.savings.reduce(0) { $0 + $1.phases.count }
        let note =
            shared ? [pen.paint(wrapped("some shorten the same phase: they do not add up", indent: 2), .faint)] : []
        return ([pen.paint("what would make cold starts shorter", .strong)] + lines + note).joined(separator: "\n")
    }

    private var variance: String {
        report.variances.filter(\.isAlarming).map { variance in
            pen.paint("! \(wrapped(variance.sentence, indent: 2).dropFirst(2))", .unattributed)
        }.joined(separator: "\n")
    }

    /// Broken at blanks, each line behind an indent.
    private func wrapped(_ text: String, indent: Int) -> String {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, indent + last.count + 1 + word.count <= width {
                lines[lines.count - 1] = "\(last) \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines.map { String(repeating: " ", count: indent) + $0 }.joined(separator: "\n")
    }
}

extension Variance {
    /// For a person: what varies, by how much, and which phase is to blame.
    public var sentence: String {
        let of = subject.isEmpty ? "" : " of \(subject)"
        return """
            cold starts\(of) vary by \(TimeText.percent(coefficient)) (\(starts) starts, more than \
            \(TimeText.percent(Self.alarming)) is too much); \(phase.printable) varies most, with \
            \(TimeText.percent(min(1, contribution))) of the variance
            """
    }
}
