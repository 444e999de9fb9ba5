/// How far a load is.
public struct LoadProgress: Sendable, Hashable {
    /// What is being done, in the words of the start's timeline: `engine.discover`, `weights` …
    public var phase: String
    /// Bytes of weights that are in memory.
    public var bytesDone: Int?
    /// Bytes of weights altogether.
    public var bytesTotal: Int?
    /// The share of the load that is done, from 0 to 1.
    public var fraction: Double?
    /// How long the rest will take, at the pace so far.
    public var remaining: Duration?

    /// A state of a load; nil is what is not known.
    public init(
        phase: String,
        bytesDone: Int? = nil,
        bytesTotal: Int? = nil,
        fraction: Double? = nil,
        remaining: Duration? = nil
    ) {
        self.phase = phase
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
        self.fraction = fraction
        self.remaining = remaining
    }
}
