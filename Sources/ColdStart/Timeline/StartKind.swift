/// How much of a start had to be done.
public enum StartKind: String, Sendable, Hashable, CaseIterable {
    /// A fresh container: everything.
    case cold
    /// Resumed from a snapshot.
    case restored
    /// Engine and model were up already.
    case warm
}
