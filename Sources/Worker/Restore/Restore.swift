import Support

/// The process was resumed after it had not run for a while: from a snapshot, or from anything that looks the same.
public struct Restore: Sendable, Hashable {
    /// How long it did not run, as far as the clocks tell; zero if they do not.
    public let paused: Duration
    /// It ran again for so long at most before this was noticed.
    public let noticedWithin: Duration
    /// What gave it away: a clause for the log.
    public let why: String

    /// A restore.
    public init(paused: Duration, noticedWithin: Duration = .zero, why: String) {
        self.paused = paused
        self.noticedWithin = noticedWithin
        self.why = why
    }
}
