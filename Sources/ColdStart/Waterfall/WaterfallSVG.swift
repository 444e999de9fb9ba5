import JSON

/// A start as an SVG picture, for a page: the rows of ``Waterfall``, on light and on dark ground by the reader's setting.
public struct WaterfallSVG: Sendable {
    private let timeline: Timeline

    /// A picture of `timeline`, 960 units wide and as high as it has phases.
    public init(_ timeline: Timeline) {
        self.timeline = timeline
    }

    /// The whole file's text. Names and attributes are escaped; nothing is loaded from elsewhere.
    public func render() -> String {
        drawing(style: "<style>\(Self.style)</style>\n", " xmlns=\"http://www.w3.org/2000/svg\"") + "\n"
    }

    /// The picture as an element of a page that has ``style`` once for all of them.
    func element() -> String {
        drawing(style: "", "")
    }

    private func drawing(style: String, _ namespace: String) -> String {
        let picture = Picture(timeline)
        let rows = picture.rows
        let bottom = Grid.top + Grid.row * Double(rows.count)
        let height = bottom + 78
        var elements = [background(height), heading(picture.title)]
        elements += axis(picture, bottom)
        elements += rows.enumerated().map { element($1, top: Grid.top + Grid.row * Double($0)) }
        elements += total(picture, bottom)
        elements.append(legend(bottom + 58))
        return """
            <svg\(namespace) viewBox="0 0 \(Grid.width) \(height)" width="\(Grid.width)" \
            height="\(height)" role="img" aria-label="\(picture.title.line.escaped)">
            \(style)\(elements.joined(separator: "\n"))
            </svg>
            """
    }

    /// Where things stand, in units of the picture.
    private enum Grid {
        static let width = 960.0
        static let margin = 24.0
        static let top = 72.0
        static let row = 24.0
        static let bar = 16.0
        static let bars = 190.0...730.0
        static let time = 846.0
        static let share = 936.0

        static func x(_ fraction: Double) -> Double {
            bars.lowerBound + fraction * (bars.upperBound - bars.lowerBound)
        }
    }

    private func background(_ height: Double) -> String {
        #"<rect class="ground" x="0.5" y="0.5" width="\#(Grid.width - 1)" height="\#(height - 1)" rx="10"/>"#
    }

    private func heading(_ title: Picture.Title) -> String {
        """
        <text class="title" x="\(Grid.margin)" y="40"><tspan class="strong">\(title.kind.escaped)</tspan>\
        <tspan class="strong accent" dx="10">\(title.total.escaped)</tspan>\
        <tspan dx="14">\(title.subject.cut(to: 44).escaped)</tspan></text>
        \(text("\(title.rest) \(title.share)", "faint end", x: Grid.share, y: 40))
        """
    }

    private func element(_ row: Picture.Row, top: Double) -> String {
        let baseline = top + 16
        let label = row.label.cut(to: 22 - row.depth * 2) + (row.isRunning ? " …" : "")
        let weight = row.role == .group ? "strong" : row.role == .unattributed ? "warn" : ""
        let figures = row.role == .alongside || row.role == .group ? "faint end" : "end"
        let attributes = row.attributes.map { "\($0.key): \($0.value.string ?? $0.value.description)" }
        // Units stand below each other: a closing bracket, a character wide, stands to their right.
        let time = Grid.time + (row.time.hasSuffix(")") ? 8.4 : 0)
        let tip = ([row.label] + attributes).joined(separator: "\n").escaped
        return """
            <g><title>\(tip)</title>\(text(label, weight, x: Grid.margin + Double(row.depth) * 14, y: baseline))\
            \(bars(row, top: top + 4))\
            \(text(row.time, figures, x: time, y: baseline))\(text(row.share, figures, x: Grid.share, y: baseline))</g>
            """
    }

    private func bars(_ row: Picture.Row, top: Double) -> String {
        let fill =
            switch row.role {
            case .path, .group: "path"
            case .wait: "wait"
            case .alongside: "side"
            case .unattributed: "rest"
            }
        let extent =
            switch row.role {
            case .group: bar(row.extent, "group", top: top + Grid.bar / 2 - 1.5, height: 3)
            case .unattributed: ""
            case .path, .wait, .alongside: bar(row.extent, "side", top: top, height: Grid.bar)
            }
        return extent + row.counted.map { bar($0, fill, top: top, height: Grid.bar) }.joined()
    }

    /// Even the shortest can be seen.
    private func bar(_ extent: Range<Double>, _ fill: String, top: Double, height: Double) -> String {
        let width = max(1.5, Grid.x(extent.upperBound) - Grid.x(extent.lowerBound))
        let left = min(Grid.x(extent.lowerBound), Grid.bars.upperBound - width)
        return """
            <rect class="\(fill)" x="\(left.short)" y="\(top.short)" width="\(width.short)" height="\(height.short)" \
            rx="\(min(3, width / 3).short)"/>
            """
    }

    private func axis(_ picture: Picture, _ bottom: Double) -> [String] {
        picture.ticks(atMost: 8).map { tick in
            let x = Grid.x(tick.position).short
            return #"<path class="line" d="M\#(x) \#(Grid.top - 4)V\#(bottom + 6)"/>"#
                + text(tick.label, "faint middle", x: Grid.x(tick.position), y: bottom + 22)
        }
    }

    private func total(_ picture: Picture, _ bottom: Double) -> [String] {
        [
            text("total", "strong", x: Grid.margin, y: bottom + 22),
            text(picture.total.time, "strong end", x: Grid.time, y: bottom + 22),
            text(picture.total.share, "strong end", x: Grid.share, y: bottom + 22),
        ]
    }

    private func legend(_ baseline: Double) -> String {
        let second = Grid.margin + 216
        return #"<rect class="path" x="\#(Grid.margin)" y="\#(baseline - 10)" width="12" height="12" rx="2"/>"#
            + text("adds up to the total", "faint", x: Grid.margin + 20, y: baseline)
            + #"<rect class="side" x="\#(second)" y="\#(baseline - 10)" width="12" height="12" rx="2"/>"#
            + text("ran alongside, time in brackets", "faint", x: second + 20, y: baseline)
    }

    private func text(_ text: String, _ style: String, x: Double, y: Double) -> String {
        text.isEmpty ? "" : #"<text class="\#(style)" x="\#(x.short)" y="\#(y.short)">\#(text.escaped)</text>"#
    }

    /// Names of classes that a page around it must not use otherwise.
    static let style = """
        text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#24292f}
        .title{font-size:16px}.strong{font-weight:600}.faint{fill:#6e7781}.end{text-anchor:end}.middle{text-anchor:middle}
        .ground{fill:#fff;stroke:#d0d7de}.line{stroke:#d8dee4;stroke-width:1}.accent{fill:#bc4c00}.warn{fill:#cf222e}
        .path{fill:#fb8500}.side{fill:#a8c5de}.wait{fill:#afb8c1}.rest{fill:#cf222e}.group{fill:#8c959f}
        @media (prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#8b949e}.ground{fill:#0d1117;stroke:#30363d}
        .line{stroke:#21262d}.accent{fill:#ffa657}.warn{fill:#ff7b72}.side{fill:#2f4a63}.wait{fill:#484f58}.rest{fill:#ff7b72}
        .group{fill:#6e7681}}
        """
}

extension Double {
    /// A hundredth of a unit is less than can be seen.
    fileprivate var short: Double { (self * 100).rounded() / 100 }
}
