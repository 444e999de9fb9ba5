import JSON

/// Two starts beside each other. The page shows the last two by itself; where scripts run, any two can be chosen.
struct PageComparison {
    private let starts: [KeptStart]

    /// - Parameter starts: newest first
    init(_ starts: [KeptStart]) {
        self.starts = starts
    }

    /// Empty if there are no two.
    func render() -> String {
        guard starts.count > 1 else { return "" }
        let comparison = Comparison(starts[1], starts[0])
        var table = PageTable("Phases of A and B", header: ["phase", "A", "B", "B − A"])
        for row in comparison.rows {
            table.add(
                row.name,
                depth: row.depth,
                cells: [row.first, row.second].map { $0.map(TimeText.short) ?? "–" } + [TimeText.signed(row.change)],
                isTotal: row.name == "total"
            )
        }
        return """
            <section aria-labelledby="comparison"><h2 id="comparison">Comparison of two</h2>
            <div id="choice" hidden><label>A <select id="first">\(options(selected: 1))</select></label>
            <label>B <select id="second">\(options(selected: 0))</select></label></div>
            <noscript><p class="note">A is the last start but one, B the last.</p></noscript>
            \(table.render(id: "compared"))
            <script type="application/json" id="kept">\(data)</script>
            <script>\(Self.script)</script></section>
            """
    }

    private func options(selected: Int) -> String {
        starts.enumerated().map { index, start in
            let mark = index == selected ? " selected" : ""
            let text = "\(start.began), \(start.timeline.kind.rawValue), \(TimeText.short(start.timeline.total))"
            return "<option value=\"\(index)\"\(mark)>\(text.escaped), \(start.worker.cut(to: 24).escaped)</option>"
        }.joined()
    }

    /// Of each start `[[phase, depth, microseconds], …]`. A `<` could end the element that it stands in.
    private var data: String {
        let lists = starts.map { start -> JSON in
            .array(
                Comparison(start, start).rows.map { row in
                    let microseconds = ((row.first ?? .zero).wholeNanoseconds + 500) / 1000
                    return [.string(row.name.printable), JSON(row.depth), JSON(microseconds)]
                }
            )
        }
        return JSON.array(lists).description.replacing("<", with: "\\u003c")
    }

    /// Texts go in as text, never as markup.
    private static let script = #"""
        (function () {
          const kept = JSON.parse(document.getElementById("kept").textContent);
          const first = document.getElementById("first"), second = document.getElementById("second");
          const body = document.querySelector("#compared tbody");
          function time(us) {
            if (us >= 99950000) return (us / 1e6).toFixed(0) + " s";
            if (us >= 9995000) return (us / 1e6).toFixed(1) + " s";
            if (us >= 999500) return (us / 1e6).toFixed(2) + " s";
            if (us >= 9950) return (us / 1e3).toFixed(0) + " ms";
            if (us >= 995) return (us / 1e3).toFixed(1) + " ms";
            if (us >= 5) return (us / 1e3).toFixed(2) + " ms";
            return us > 0 ? "<0.01 ms" : "0 ms";
          }
          function show() {
            const a = kept[first.value], b = kept[second.value];
            const lengths = [new Map(a.map(p => [p[0], p[2]])), new Map(b.map(p => [p[0], p[2]]))];
            const closing = new Set(["unattributed", "total"]);
            const rows = a.filter(p => !closing.has(p[0]))
              .concat(b.filter(p => !lengths[0].has(p[0])), a.filter(p => closing.has(p[0])));
            body.replaceChildren(...rows.map(([name, depth]) => {
              const row = document.createElement("tr"), head = document.createElement("th");
              const [x, y] = lengths.map(l => l.get(name)), change = (y ?? 0) - (x ?? 0);
              const sign = change > 0 ? "+" : change < 0 ? "−" : "";
              head.scope = "row";
              head.textContent = name;
              if (depth > 0) head.style.paddingLeft = Math.min(depth, 8) + 1 + "em";
              if (name === "total") row.className = "sum";
              row.append(head, ...[x, y].map(v => cell(v === undefined ? "–" : time(v))),
                cell(sign + time(Math.abs(change))));
              return row;
            }));
          }
          function cell(text) {
            const cell = document.createElement("td");
            cell.textContent = text;
            return cell;
          }
          document.getElementById("choice").hidden = false;
          first.addEventListener("change", show);
          second.addEventListener("change", show);
        })();
        """#
}
