/// A table of a page: a caption, headers for columns and rows, and a bar beside a share.
struct PageTable {
    private let caption: String
    private let header: [String]
    private var rows: [String] = []

    init(_ caption: String, header: [String]) {
        self.caption = caption
        self.header = header
    }

    /// - Parameters:
    ///   - cells: after the row's own header
    ///   - share: becomes a last cell with its percentage and a bar, or an empty one; nil: no such cell
    mutating func add(_ label: String, depth: Int = 0, cells: [String], share: Double?? = nil, isTotal: Bool = false) {
        let indent = depth > 0 ? " style=\"padding-left:\(min(depth, 8) + 1)em\"" : ""
        let head = "<th scope=\"row\"\(indent)>\(label.escaped)</th>"
        let plain = cells.map { "<td>\($0.escaped)</td>" }.joined()
        // The figure says it; the bar is for the eye alone.
        let bar = share.map { share in
            guard let share else { return "<td></td>" }
            let width = (min(1, max(0, share)) * 100).rounded(to: 1)
            return """
                <td><span class="figure">\(TimeText.percent(share).escaped)</span><span class="bar" aria-hidden="true">\
                <span style="width:\(width)%"></span></span></td>
                """
        }
        rows.append("<tr\(isTotal ? " class=\"sum\"" : "")>\(head)\(plain)\(bar ?? "")</tr>")
    }

    /// Within a region that can be scrolled by keyboard where the page is narrow.
    func render(id: String? = nil) -> String {
        let head = header.map { "<th scope=\"col\">\($0.escaped)</th>" }.joined()
        let name = id.map { " id=\"\($0)\"" } ?? ""
        return """
            <div class="wide" role="region" tabindex="0" aria-label="\(caption.escaped)"><table\(name)>
            <caption>\(caption.escaped)</caption>
            <thead><tr>\(head)</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table></div>
            """
    }
}
