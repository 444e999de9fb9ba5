/// What becomes of a job under which the engine died.
///
/// Everyone who was running is a suspect and is rerun once, alone. Only a job that kills the engine while it is alone
/// is convicted; so one poisonous input takes no neighbour with it, and its deaths do not count as the engine's own.
public struct CrashVerdict: Sendable, Hashable {
    /// What to do with the job.
    public enum Decision: Sendable, Hashable {
        /// Run it once more with nothing beside it.
        case rerunAlone
        /// Part of its answer is with the client already: it ends with an error.
        case failStream
        /// It killed the engine alone: answer it with an error and take the death off the engine's account.
        case convict
    }

    private var isSuspect = false

    /// A job that has not been near a crash.
    public init() {}

    /// The engine died or hung under this job.
    /// - Parameter hasOutput: whether any of its output has been handed on
    public mutating func engineFailed(hasOutput: Bool) -> Decision {
        if hasOutput { return .failStream }
        if isSuspect { return .convict }
        isSuspect = true
        return .rerunAlone
    }
}
