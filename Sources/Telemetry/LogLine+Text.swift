import JSON
import Logging

extension LogLine {
    /// `INFO   | job | message  key=value …` and a newline; without a job its column is left out.
    func text(isColoured: Bool) -> [UInt8] {
        func paint(_ text: String, _ code: String) -> String { isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
        let name = level.platformName
        var line = paint(name, level.colour) + String(repeating: " ", count: 7 - name.count) + "| "
        if let job { line += "\(job.onOneLine) | " }
        line += message.onOneLine
        let pairs = fields.compactMap { field in
            Self.value(field.value).map { "\(field.key.onOneLine)=\($0)" }
        }
        if !pairs.isEmpty { line += "  " + paint(pairs.joined(separator: " "), "2") }
        return Array((line + "\n").utf8)
    }

    /// Nil for large structures: whole timelines are for machines, people get the waterfall.
    private static func value(_ value: JSON) -> String? {
        switch value {
        case .string(let text) where text.isPlainWord: text
        case .object, .array:
            value.description.utf8.count > 80 ? nil : value.description.onOneLine
        default: value.description.onOneLine
        }
    }
}

extension Logger.Level {
    /// The attributes of an SGR sequence.
    fileprivate var colour: String {
        switch self {
        case .trace, .debug: "2"
        case .info, .notice: "32"
        case .warning: "33"
        case .error, .critical: "31"
        }
    }
}

extension String {
    /// With its control characters spelled out: they would let a message forge lines, or command the terminal.
    fileprivate var onOneLine: String {
        guard unicodeScalars.contains(where: \.needsSpelling) else { return self }
        return unicodeScalars.reduce(into: "") { line, scalar in
            if scalar.needsSpelling {
                line += scalar.escaped(asASCII: true)
            } else {
                line.unicodeScalars.append(scalar)
            }
        }
    }

    /// Whether it can stand after an equals sign without quotes.
    fileprivate var isPlainWord: Bool {
        !isEmpty
            && unicodeScalars.allSatisfy { scalar in
                !scalar.needsSpelling && !scalar.properties.isWhitespace && scalar != "\"" && scalar != "="
            }
    }
}

extension Unicode.Scalar {
    fileprivate var needsSpelling: Bool {
        // Nearly every character: the look-up of properties below takes ten times as long.
        if (0x20..<0x7F).contains(value) { return false }
        return switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
