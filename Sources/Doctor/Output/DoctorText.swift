/// The findings for people: a heading for each topic, a mark and an id for each finding, what to do below.
public struct DoctorText: Sendable {
    /// The columns to fold into; nil: lines are as long as they are.
    public var width: Int?
    /// Whether to colour the marks.
    public var isColoured: Bool

    /// A form for a terminal, or plain.
    public init(width: Int? = nil, isColoured: Bool = false) {
        self.width = width
        self.isColoured = isColoured
    }

    private static let indent = 6

    /// The whole report, with a line feed at its end.
    public func text(_ diagnosis: Diagnosis) -> String {
        var lines: [String] = []
        for section in diagnosis.sections {
            lines.append(paint(section.topic.rawValue, "1"))
            for finding in section.findings { lines += self.lines(finding) }
            lines.append("")
        }
        lines.append(summary(diagnosis))
        return lines.joined(separator: "\n") + "\n"
    }

    private func lines(_ finding: Finding) -> [String] {
        let mark = Self.mark(finding.level)
        let head = "  \(paint(mark.symbol, mark.code))   \(paint(finding.id.rawValue, mark.code))"
        var lines = [head] + fold(finding.what).map { Self.blanks(Self.indent) + $0 }
        guard let remedy = finding.remedy else { return lines }
        for (index, line) in fold(remedy, taking: 2).enumerated() {
            lines.append(Self.blanks(Self.indent) + (index == 0 ? "→ " : "  ") + line)
        }
        return lines
    }

    private func summary(_ diagnosis: Diagnosis) -> String {
        let counts = [
            Figure.count(diagnosis.count(.error), "error"), Figure.count(diagnosis.count(.warning), "warning"),
            Figure.count(diagnosis.count(.note), "note"), "\(diagnosis.count(.ok)) in order",
        ]
        return paint(counts.joined(separator: ", "), Self.mark(diagnosis.worst).code)
    }

    /// A sign and a word for each level would say the same twice: who hears the report read out has the id and the
    /// summary.
    private static func mark(_ level: Finding.Level) -> (symbol: String, code: String) {
        switch level {
        case .ok: ("✓", "32")
        case .note: ("·", "2")
        case .warning: ("!", "33")
        case .error: ("✗", "31")
        }
    }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }

    private func fold(_ text: String, taking extra: Int = 0) -> [String] {
        // What comes from programs and files may hold anything: nothing of it may move the cursor.
        let text = String(text.map { $0.isNewline ? " " : $0 }.filter { !$0.isControl })
        guard let width else { return [text] }
        let room = max(24, width - Self.indent - extra)
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > room {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return lines + [line]
    }

    private static func blanks(_ count: Int) -> String { String(repeating: " ", count: count) }
}

extension Character {
    fileprivate var isControl: Bool {
        unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
