/// One thing that is to be said of this machine.
public struct Finding: Sendable, Hashable {
    /// How much it matters.
    public enum Level: Int, Sendable, Hashable, Comparable, CaseIterable {
        /// As it should be.
        case ok
        /// Good to know.
        case note
        /// It works, and slower, dearer or otherwise than meant.
        case warning
        /// A worker will fail here, or will not do what this machine is paid for.
        case error

        /// The worse one is the greater.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// Which thing: stable, for scripts and for `Docs/Troubleshooting.md`.
    public let id: FindingID
    /// One sentence or two with the fact or the figure.
    public let what: String
    /// What to do, with the setting or the command; nil where there is nothing to do.
    public let remedy: String?

    /// How much it matters: the same for each finding of that id.
    public var level: Level { id.level }

    /// A finding that asks for nothing.
    public init(_ id: FindingID, _ what: String) {
        self.id = id
        self.what = what
        remedy = nil
    }

    /// A finding with what to do about it.
    public init(_ id: FindingID, _ what: String, remedy: String) {
        self.id = id
        self.what = what
        self.remedy = remedy
    }
}
