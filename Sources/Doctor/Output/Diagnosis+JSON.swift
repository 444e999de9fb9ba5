public import JSON

extension Diagnosis {
    /// The report for programs: `{"worst": …, "complete": …, "findings": […], "facts": {…}}`.
    ///
    /// Values of variables are not in it, but where a finding is about one.
    public var json: JSON {
        let findings = sections.flatMap { section in
            section.findings.map { finding in
                JSON.object([
                    "id": .string(finding.id.rawValue),
                    "level": .string(finding.level.name),
                    "topic": .string(section.topic.rawValue.lowercased()),
                    "what": .string(finding.what),
                    "remedy": finding.remedy.map(JSON.string) ?? .null,
                ])
            }
        }
        return .object([
            "worst": .string(worst.name),
            "complete": .bool(isComplete),
            "findings": .array(findings),
            "facts": facts.json,
        ])
    }
}

extension Finding.Level {
    /// `ok`, `note`, `warning`, `error`.
    public var name: String { "\(self)" }
}
