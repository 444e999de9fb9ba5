public import Support

/// What `KINDLING_START=auto` comes to, and why: said once in the log.
public struct StartChoice: Sendable, Hashable {
    /// `eager` or `lazy`.
    public let mode: StartMode
    /// One clause for the log.
    public let reason: String

    /// What the choice rests on.
    public struct Facts: Sendable, Hashable {
        /// `KINDLING_FLASHBOOT`: the platform resumes this worker from snapshots.
        public var isSnapshotted = false
        /// `KINDLING_ACTIVE`: the worker is always on, and paid for.
        public var isAlwaysOn = false
        /// A restore was seen here before.
        public var wasRestored = false

        /// - Parameters:
        ///   - isSnapshotted: `KINDLING_FLASHBOOT`
        ///   - isAlwaysOn: `KINDLING_ACTIVE`
        ///   - wasRestored: `RestoreMarker.isSet`
        public init(isSnapshotted: Bool = false, isAlwaysOn: Bool = false, wasRestored: Bool = false) {
            self.isSnapshotted = isSnapshotted
            self.isAlwaysOn = isAlwaysOn
            self.wasRestored = wasRestored
        }
    }

    /// Decides from facts alone.
    ///
    /// An eager start that nobody needed costs the seconds of a load; a lazy one in a snapshot costs them at each restore.
    public static func decide(_ facts: Facts) -> StartChoice {
        if facts.isSnapshotted {
            return StartChoice(
                mode: .eager,
                reason: "KINDLING_FLASHBOOT is set, and a snapshot without a loaded model holds nothing worth restoring"
            )
        }
        if facts.wasRestored {
            return StartChoice(mode: .eager, reason: "this worker was resumed from a snapshot before")
        }
        if facts.isAlwaysOn {
            return StartChoice(mode: .eager, reason: "KINDLING_ACTIVE is set: a warm worker is paid for")
        }
        return StartChoice(mode: .lazy, reason: "neither snapshots nor an always-on worker ask for a loaded model")
    }
}
