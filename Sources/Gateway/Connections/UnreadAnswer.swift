/// Whether a peer still takes the bytes of his answer. No clock and no socket.
struct UnreadAnswer: Sendable {
    typealias Instant = ContinuousClock.Instant

    private let patience: Duration
    /// Bytes that have left us, as far as was seen last, and when that last grew.
    private var taken = Int.min
    private var takenAt: Instant

    init(patience: Duration, at now: Instant) {
        self.patience = patience
        takenAt = now
    }

    /// - Parameters:
    ///   - written: bytes of answers so far; what HTTP puts around them may be left out, for it is only asked whether
    ///     `written - waiting` grows
    ///   - waiting: how many bytes the kernel has not taken yet
    /// - Returns: whether nothing has moved for too long
    mutating func isStalled(written: Int, waiting: Int, at now: Instant) -> Bool {
        let current = written - waiting
        if waiting == 0 || current > taken {
            taken = current
            takenAt = now
        }
        return now - takenAt >= patience
    }
}
