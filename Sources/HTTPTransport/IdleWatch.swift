/// Says when an exchange has been silent for too long.
///
/// Not curl's low-speed limit: that one knows whole seconds only and goes by a speed averaged over several.
struct IdleWatch {
    let limit: Duration
    private var lastProgress: ContinuousClock.Instant
    private var bytesSent: Int64 = 0
    private var isPaused = false

    init(limit: Duration, start: ContinuousClock.Instant) {
        self.limit = limit
        lastProgress = start
    }

    /// When to look again; `nil` while the reader is the slow one.
    var deadline: ContinuousClock.Instant? {
        isPaused ? nil : lastProgress + limit
    }

    mutating func received(at now: ContinuousClock.Instant) {
        lastProgress = now
    }

    mutating func pause() {
        isPaused = true
    }

    mutating func resume(at now: ContinuousClock.Instant) {
        isPaused = false
        lastProgress = now
    }

    /// Whether time is up. Sending is noticed only here, by its total: nobody calls us for each byte that leaves. So this
    /// is to be asked after each step of curl's, not just at the deadline, which would take what left long before for
    /// progress made then.
    mutating func hasExpired(at now: ContinuousClock.Instant, bytesSent total: Int64) -> Bool {
        if total != bytesSent {
            bytesSent = total
            lastProgress = now
        }
        guard let deadline else { return false }
        return now >= deadline
    }
}
