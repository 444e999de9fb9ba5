extension Waterfall {
    /// What a text is, for its colour.
    enum Ink {
        case normal, strong, faint, path, wait, alongside, unattributed

        /// The attributes of an SGR sequence. Colours from the 256 that can be seen on light and on dark ground.
        fileprivate var code: String {
            switch self {
            case .normal: ""
            case .strong: "1"
            case .faint: "2"
            case .path: "38;5;208"
            case .wait: "38;5;245"
            case .alongside: "38;5;67"
            case .unattributed: "38;5;161"
            }
        }
    }

    /// How one column is set.
    private struct Glyph {
        let character: Character
        let ink: Ink
        var isInverse = false
    }

    func paint(_ text: String, _ ink: Ink) -> String {
        paint(text, ink, isInverse: false)
    }

    /// Columns of one kind share a sequence.
    func paint(_ bar: BarLine, _ role: Picture.Role) -> String {
        let glyphs = bar.cells.map { glyph($0, role) }
        var text = ""
        var start = 0
        while start < glyphs.count {
            let (ink, isInverse) = (glyphs[start].ink, glyphs[start].isInverse)
            let run = glyphs[start...].prefix { $0.ink == ink && $0.isInverse == isInverse }
            text += paint(String(run.map(\.character)), ink, isInverse: isInverse)
            start = run.endIndex
        }
        return text
    }

    private func paint(_ text: String, _ ink: Ink, isInverse: Bool) -> String {
        let codes = [ink.code, isInverse ? "7" : ""].filter { !$0.isEmpty }.joined(separator: ";")
        guard style == .colour, !codes.isEmpty else { return text }
        return "\u{1B}[\(codes)m\(text)\u{1B}[0m"
    }

    private func glyph(_ cell: BarLine.Cell, _ role: Picture.Role) -> Glyph {
        let ink: Ink =
            switch role {
            case .path, .group: .path
            case .wait: .wait
            case .alongside: .alongside
            case .unattributed: .unattributed
            }
        return switch cell {
        case .empty: Glyph(character: " ", ink: .normal)
        case .light: Glyph(character: "░", ink: .alongside)
        case .line(let character): Glyph(character: character, ink: .faint)
        case .running: Glyph(character: "▶", ink: ink)
        case .solid(let eighths): solid(eighths, ink)
        }
    }

    private func solid(_ eighths: Range<Int>, _ ink: Ink) -> Glyph {
        let left: [Character] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"]
        if eighths.lowerBound == 0 { return Glyph(character: left[eighths.upperBound], ink: ink) }
        if eighths.upperBound == 8, style == .colour {
            // There are no blocks that begin inside a column; with colours the other part can be drawn instead.
            return Glyph(character: left[eighths.lowerBound], ink: ink, isInverse: true)
        }
        if eighths.lowerBound + eighths.upperBound <= 8 { return Glyph(character: left[eighths.count], ink: ink) }
        let right: Character = eighths.count < 2 ? "▕" : eighths.count < 6 ? "▐" : "█"
        return Glyph(character: right, ink: ink)
    }
}
