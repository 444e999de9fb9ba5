/// Draws findings from facts about one topic: no clock, no file, no process.
protocol Check: SendableMetatype {
    /// The heading above its findings.
    static var topic: Topic { get }
    /// What is to be said, the general before the particular.
    static func findings(in facts: Facts) -> [Finding]
}

/// What a finding is about, in the order of the report.
public enum Topic: String, Sendable, Hashable, CaseIterable {
    /// The graphics card and its driver.
    case gpu = "GPU"
    /// Memory of the machine, and whether the models fit.
    case memory = "Memory"
    /// Where models are looked for.
    case stores = "Stores"
    /// The models themselves.
    case models = "Models"
    /// How fast the storage is, and how long a load takes.
    case disks = "Disks"
    /// The program that runs the models.
    case engine = "Engine"
    /// The queue's variables.
    case queue = "Queue"
    /// All other variables.
    case settings = "Settings"
    /// Clock, certificates, state folder, limits.
    case system = "System"
}
