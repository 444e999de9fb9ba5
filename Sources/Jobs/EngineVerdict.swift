/// What an engine turned out to be after the worker was resumed from a snapshot.
public enum EngineVerdict: Sendable, Hashable {
    /// As it was before.
    case alive
    /// It answers, but these models are no longer in its memory.
    case modelMissing([String])
    /// It has not answered in time. That may be its own thaw, so it is asked on with more patience, and counts as alive
    /// until then: to end one that only wakes slowly would cost a whole load.
    case silent
    /// It is gone, for this cause. The next job starts it again.
    case dead(String)
    /// None was up, so there was nothing to ask.
    case notUp
}

extension EngineVerdict: CustomStringConvertible {
    /// One word, for the log and the timeline.
    public var description: String {
        switch self {
        case .alive: "alive"
        case .modelMissing: "model missing"
        case .silent: "silent"
        case .dead: "dead"
        case .notUp: "not up"
        }
    }
}
