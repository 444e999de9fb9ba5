/// What is to be said of a machine: facts in, findings out.
public struct Diagnosis: Sendable {
    /// What it was drawn from.
    public let facts: Facts
    /// The findings by topic, in the order of the report; topics without any are left out.
    public let sections: [Section]

    /// The findings of one topic.
    public struct Section: Sendable, Hashable {
        /// What they are about.
        public let topic: Topic
        /// The general before the particular.
        public let findings: [Finding]
    }

    private static let checks: [any Check.Type] = [
        GPUCheck.self, MemoryCheck.self, StoreCheck.self, ModelCheck.self, DiskCheck.self, EngineCheck.self,
        QueueCheck.self, SettingsCheck.self, SystemCheck.self,
    ]

    /// Judges facts.
    public init(_ facts: Facts) {
        self.facts = facts
        sections = Self.checks.compactMap { check in
            let findings = check.findings(in: facts)
            return findings.isEmpty ? nil : Section(topic: check.topic, findings: findings)
        }
    }

    /// All findings.
    public var findings: [Finding] { sections.flatMap(\.findings) }

    /// The level of the worst.
    public var worst: Finding.Level { findings.map(\.level).max() ?? .ok }

    /// Whether everything could be looked at.
    public var isComplete: Bool { facts.unfinished.isEmpty }

    /// How many findings have a level.
    public func count(_ level: Finding.Level) -> Int {
        findings.count { $0.level == level }
    }
}
