public import Support

/// How hard a pull tries, and what it allows itself.
public struct PullPolicy: Sendable {
    /// Ranges of a blob on their way at once. Content networks give one connection a fraction of a machine's line.
    public var connections = 8
    /// How long a connection may be silent before it is replaced.
    public var stallTimeout = Duration.seconds(60)
    /// Failures in a row, without a byte between them, at which it is given up.
    public var attempts = 6
    /// The waits between them.
    public var backoff = Backoff(from: .milliseconds(500), to: .seconds(30))
    /// Whether plain http is fine.
    public var allowsInsecure = false
    /// How pulls of the same blob keep off each other.
    var lock = PullLock.Timing()
    /// Bytes that one request asks for.
    var rangeSize = 16 << 20

    /// The defaults.
    public init() {}
}
