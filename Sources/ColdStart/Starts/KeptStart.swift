public import JSON

/// A start that is over, with what is needed to compare it with others days later.
public struct KeptStart: Sendable, Hashable {
    /// When it began, by the wall clock.
    public let began: Timestamp
    /// The worker that started.
    public let worker: String
    /// Why it failed; nil if it did not.
    public let error: String?
    /// The storage's limit, where it is known.
    public let floor: Floor?
    /// Its phases, kind and attributes.
    public let timeline: Timeline

    /// A start as it was recorded.
    public init(began: Timestamp, worker: String, error: String? = nil, floor: Floor? = nil, timeline: Timeline) {
        self.began = began
        self.worker = worker
        self.error = error
        self.floor = floor
        self.timeline = timeline
    }

    /// Model, engine and machine.
    public var subject: StartSubject { StartSubject(timeline) }

    /// Floor ÷ measured load; nil where one of them is not known.
    public var efficiency: Double? {
        guard let floor, let time = timeline.loadTime else { return nil }
        return floor.efficiency(of: time)
    }

    /// As one line of a file, its keys beside the timeline's own form:
    ///
    /// ```
    /// {"began": "2026-…Z", "worker": "…", "outcome": "ready", "load": {"bytes": …, "ms": …, "bytes_per_second": …,
    ///  "bandwidth_source": "…", "floor_ms": …, "efficiency": 0.81}, "start": {"kind": "cold", …}}
    /// ```
    ///
    /// A start that failed has the outcome `failed` and `error`; one that loaded nothing has no `load`.
    public var json: JSON {
        var members: JSON.Object = [
            "began": .string(began.description), "worker": .string(worker),
            "outcome": error == nil ? "ready" : "failed",
        ]
        if let error { members["error"] = .string(error) }
        if !load.isEmpty { members["load"] = .object(load) }
        members["start"] = timeline.json
        return .object(members)
    }

    /// Reads back what ``json`` writes; members that are not known are passed over.
    public init(json: JSON, origin: Instant = .now) throws(TimelineFormatError) {
        guard let members = json.object else { throw TimelineFormatError("a kept start", "an object", json) }
        let began = members["began"] ?? .null
        guard let began = began.string.flatMap(Timestamp.init) else {
            throw TimelineFormatError("began is not a time such as 2026-01-02T03:04:05.678Z")
        }
        guard let worker = members["worker"]?.string else {
            throw TimelineFormatError("worker", "a string", members["worker"] ?? .null)
        }
        let failed = members["outcome"]?.string == "failed"
        self.init(
            began: began,
            worker: worker,
            error: failed ? members["error"]?.string ?? "not known" : nil,
            floor: Self.floor(members["load"]?.object ?? [:]),
            timeline: try Timeline(json: members["start"] ?? .null, origin: origin)
        )
    }

    private var load: JSON.Object {
        var load: JSON.Object = [:]
        let time = timeline.loadTime
        if let time { load["ms"] = JSON(microseconds: (time.wholeNanoseconds + 500) / 1000) }
        guard let floor else { return load }
        load["bytes"] = JSON(floor.bytes)
        load["bytes_per_second"] = JSON(floor.bytesPerSecond.rounded())
        load["bandwidth_source"] = .string(floor.source)
        load["floor_ms"] = JSON(microseconds: (floor.duration.wholeNanoseconds + 500) / 1000)
        if let efficiency { load["efficiency"] = JSON((efficiency * 10_000).rounded() / 10_000) }
        return load
    }

    private static func floor(_ load: JSON.Object) -> Floor? {
        guard let bytes = load["bytes"]?.int, let bandwidth = load["bytes_per_second"]?.double else { return nil }
        return Floor(bytes: bytes, bytesPerSecond: bandwidth, source: load["bandwidth_source"]?.string ?? "not known")
    }
}
