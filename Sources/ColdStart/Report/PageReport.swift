import JSON

/// Many starts as one page that needs nothing else: light and dark by the reader's setting, every picture also a table.
public struct PageReport: Sendable {
    private let report: StartReport
    private let shown: [KeptStart]

    /// - Parameter shown: how many of the newest starts get a waterfall; percentiles are made from all
    public init(_ report: StartReport, shown: Int = 20) {
        self.report = report
        self.shown = report.starts.suffix(max(1, shown)).reversed()
    }

    /// The whole file's text. Everything that comes from files is escaped, and a policy in the page keeps it from loading
    /// or sending anything.
    public func render() -> String {
        let sections = [alarm, overview, savings, waterfalls, PageComparison(shown).render(), percentiles, efficiency]
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
            <title>\(title.escaped)</title>
            <style>
            \(PageStyle.text)
            \(WaterfallSVG.style)
            </style>
            </head>
            <body>
            <main>
            <h1>Cold starts</h1>
            \(sections.filter { !$0.isEmpty }.joined(separator: "\n"))
            </main>
            </body>
            </html>

            """
    }

    private var title: String {
        let days = [report.starts.first, report.starts.last].compactMap { $0?.began.day }
        return "Cold starts \(Set(days).sorted().joined(separator: " to "))"
    }

    private var alarm: String {
        let sentences = report.variances.filter(\.isAlarming).map { variance in
            "<p>\(variance.sentence.capitalisedFirst.escaped).</p>"
        }
        guard !sentences.isEmpty else { return "" }
        return """
            <section class="alarm" aria-labelledby="variance"><h2 id="variance">Starts vary too much</h2>
            \(sentences.joined(separator: "\n"))</section>
            """
    }

    private var overview: String {
        let failed = report.starts.filter { $0.error != nil }.count
        var facts = [("starts", String(report.starts.count)), ("workers", String(report.workers))]
        if failed > 0 { facts.append(("failed", String(failed))) }
        if let cold = report.kinds.first(where: { $0.kind == .cold && $0.starts > 0 }) {
            facts.append(("median cold start", TimeText.short(cold.totals.p50)))
            facts.append(("unattributed, median", TimeText.short(cold.unattributed.p50)))
        }
        if let last = report.efficiencies.last {
            facts.append(("last efficiency", TimeText.percent(last.efficiency)))
        }
        let items = facts.map { "<div><dt>\($0.0.escaped)</dt><dd>\($0.1.escaped)</dd></div>" }
        return "<dl class=\"facts\">\(items.joined())</dl>"
    }

    private var percentiles: String {
        report.kinds.filter { $0.starts > 0 }.map { kind in
            let failed = kind.failed > 0 ? "; \(kind.failed) more failed" : ""
            let name = kind.kind.rawValue
            var table = PageTable(
                "Length of each phase over \(kind.starts) \(name) start\(kind.starts == 1 ? "" : "s")\(failed)",
                header: ["phase", "starts", "p50", "p95", "p99", "p50 of the total"]
            )
            func add(
                _ label: String,
                _ depth: Int,
                _ lengths: Percentiles,
                isCounted: Bool = true,
                isTotal: Bool = false
            ) {
                let whole = kind.totals.p50
                let share = whole > .zero && isCounted ? lengths.p50 / whole : nil
                table.add(
                    label,
                    depth: depth,
                    cells: [String(lengths.count)] + [lengths.p50, lengths.p95, lengths.p99].map(TimeText.short),
                    share: .some(share),
                    isTotal: isTotal
                )
            }
            for row in kind.rows { add(row.name, row.depth, row.lengths, isCounted: !row.isIdle) }
            add(Timeline.unattributedName, 0, kind.unattributed)
            add("total", 0, kind.totals, isTotal: true)
            return """
                <section aria-labelledby="kind-\(name)"><h2 id="kind-\(name)">\(name.capitalisedFirst) starts</h2>
                \(table.render())
                <p class="note">The total leaves out the time in which a start only waited for a job. A percentile is a start \
                that was measured; of fewer than 100 starts the 99th is the slowest.</p></section>
                """
        }.joined(separator: "\n")
    }

    private var efficiency: String {
        let all = report.efficiencies.suffix(10).reversed()
        guard !all.isEmpty else { return "" }
        var table = PageTable(
            "The latest loads against the storage's limit",
            header: ["start", "load", "floor", "weights", "bandwidth", "how it was found", "efficiency"]
        )
        for entry in all {
            table.add(
                entry.start.began.description,
                cells: [
                    TimeText.short(entry.measured), TimeText.short(entry.floor.duration),
                    TimeText.bytes(entry.floor.bytes), "\(TimeText.bytes(Int(entry.floor.bytesPerSecond)))/s",
                    entry.floor.source,
                ],
                share: .some(entry.efficiency)
            )
        }
        return """
            <section aria-labelledby="efficiency"><h2 id="efficiency">Efficiency</h2>
            <p>The floor is the least time the load could take: bytes of weights ÷ the best bandwidth measured on that storage. \
            Efficiency is the floor ÷ the measured load. Above 100 % the weights were in memory already.</p>
            \(table.render())</section>
            """
    }

    private var savings: String {
        guard !report.savings.isEmpty else { return "" }
        let items = report.savings.map { saving in
            let time = (saving.isUpperBound ? "up to " : "") + TimeText.short(saving.time)
            return "<li><b>\(time.escaped)</b> \(saving.what.escaped): <code>\(saving.setting.escaped)</code></li>"
        }
        return """
            <section aria-labelledby="savings"><h2 id="savings">What would make cold starts shorter</h2>
            <ol>\(items.joined())</ol>
            <p class="note">Measured on the critical path of the median cold start. Savings on the same phase do not add \
            up.</p></section>
            """
    }

    private var waterfalls: String {
        let figures = shown.enumerated().map { index, start in PageStart(start, isOpen: index == 0).render() }
        return """
            <section aria-labelledby="starts"><h2 id="starts">Each start, the newest first</h2>
            \(figures.joined(separator: "\n"))</section>
            """
    }
}

extension String {
    var capitalisedFirst: String { prefix(1).uppercased() + dropFirst() }
}
