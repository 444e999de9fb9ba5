import JSON

/// One start of a page: its waterfall, and the same as a table for who cannot see it.
struct PageStart {
    private let start: KeptStart
    private let isOpen: Bool

    init(_ start: KeptStart, isOpen: Bool) {
        self.start = start
        self.isOpen = isOpen
    }

    func render() -> String {
        let picture = Picture(start.timeline)
        let outcome = start.error.map { "<p class=\"failure\">Failed: \($0.printable.escaped)</p>" } ?? ""
        var facts = "worker \(start.worker.printable)"
        if let efficiency = start.efficiency { facts += ", efficiency \(TimeText.percent(efficiency))" }
        return """
            <details class="start"\(isOpen ? " open" : "")><summary><time datetime="\(start.began)">\(start.began)</time> \
            <b>\(picture.title.kind.escaped), \(picture.title.total.escaped)\(start.error == nil ? "" : ", failed")</b> \(picture.title.subject.escaped)</summary>
            \(outcome)<p>\(facts.escaped)</p>
            <figure class="wide" role="region" tabindex="0" aria-label="Waterfall">\(WaterfallSVG(start.timeline).element())</figure>
            <details><summary>The same as a table</summary>
            \(table(picture))</details>
            </details>
            """
    }

    private func table(_ picture: Picture) -> String {
        var table = PageTable(
            "Phases of the \(picture.title.kind) of \(start.began)",
            header: ["phase", "begins after", "time (in brackets: ran alongside)", "of the total", "what is known"]
        )
        for row in picture.rows {
            let begin = start.timeline.total * row.extent.lowerBound
            let known = row.attributes.map { "\($0.key) \($0.value.string ?? $0.value.description)" }
            table.add(
                row.label,
                depth: row.depth,
                cells: [
                    row.role == .unattributed ? "" : TimeText.short(begin),
                    row.time + (row.isRunning ? ", running" : ""),
                    row.share, known.joined(separator: ", ").printable,
                ]
            )
        }
        table.add("total", cells: ["", picture.total.time, picture.total.share, ""], isTotal: true)
        return table.render()
    }
}
