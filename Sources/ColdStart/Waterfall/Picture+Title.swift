extension Picture {
    /// The line above a picture, in parts.
    struct Title {
        /// `cold start`.
        let kind: String
        /// `1.42 s`.
        let total: String
        /// `gemma3-270m on llama-server (CPU)`; empty if nothing is known.
        let subject: String
        /// `unattributed 12 ms`.
        let rest: String
        /// `(0.8 %)`.
        let share: String

        var line: String { [kind, total, subject, "\(rest) \(share)"].filter { !$0.isEmpty }.joined(separator: "  ") }
    }

    var title: Title {
        let running = timeline.isFinished ? "" : ", still running"
        return Title(
            kind: "\(timeline.kind.rawValue) start\(running)",
            total: TimeText.short(timeline.total),
            subject: StartSubject(timeline).title,
            rest: "unattributed \(TimeText.short(timeline.unattributed))",
            share: "(\(TimeText.percent(figures.unattributed, of: figures.total)))"
        )
    }
}

extension String {
    /// Without what could move a terminal's cursor or turn its text around: model names come from files and jobs.
    var printable: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isControl ? "?" : $0 }))
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
