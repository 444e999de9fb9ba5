import JSON
import Support

/// Where one job's time went inside the worker, for jobs that ask with `"include": ["timings"]`.
struct JobTimings: Sendable {
    /// When its bytes had arrived.
    let taken: ContinuousClock.Instant
    /// When it had its slot.
    let started: ContinuousClock.Instant
    /// When the engine was ready for it.
    var ready: ContinuousClock.Instant?
    /// When its first token came.
    var firstToken: ContinuousClock.Instant?
    /// Whether it had to wait for a start or a load.
    var waitedForEngine = false

    /// Milliseconds: in the worker's queue, waiting for the engine, from there to the first token, altogether.
    func members(at now: ContinuousClock.Instant) -> JSON.Object {
        var members: JSON.Object = ["queued_ms": Self.milliseconds(from: taken, to: started)]
        if let ready {
            members["engine_wait_ms"] = Self.milliseconds(from: started, to: ready)
            if let firstToken { members["first_token_ms"] = Self.milliseconds(from: ready, to: firstToken) }
        }
        members["total_ms"] = Self.milliseconds(from: taken, to: now)
        members["start_kind"] = waitedForEngine ? "cold" : "warm"
        return members
    }

    private static func milliseconds(
        from begin: ContinuousClock.Instant,
        to end: ContinuousClock.Instant
    ) -> JSON {
        // Tenths: finer digits are noise.
        JSON(rounded: begin.duration(to: end).fractionalMilliseconds)
    }
}

extension JSON {
    fileprivate init(rounded value: Double) {
        self = JSON.Number((value * 10).rounded() / 10).map(JSON.number) ?? .null
    }
}
