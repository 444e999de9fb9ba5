import ColdStart
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
    /// How much of a start or a load it had to wait for.
    var startKind = StartKind.warm

    /// Milliseconds: in the worker's queue, waiting for the engine, from there to the first token, altogether.
    func members(at now: ContinuousClock.Instant) -> JSON.Object {
        var members: JSON.Object = ["queued_ms": Self.milliseconds(from: taken, to: started)]
        if let ready {
            members["engine_wait_ms"] = Self.milliseconds(from: started, to: ready)
            if let firstToken { members["first_token_ms"] = Self.milliseconds(from: ready, to: firstToken) }
        }
        members["total_ms"] = Self.milliseconds(from: taken, to: now)
        members["start_kind"] = .string(startKind.rawValue)
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
