public import JSON

/// A point in time. On Linux this clock also runs while the machine is suspended, so a snapshot's sleep shows.
public typealias Instant = ContinuousClock.Instant

/// Names a phase within its start.
public struct PhaseID: Sendable, Hashable {
    /// Its place among the phases of its start.
    public let index: Int
}

/// A named interval of a start.
public struct Phase: Sendable, Hashable {
    /// What begins and ends: `engine.spawn`, `model.load` …
    public let name: String
    /// The phase that it is a part of; always one that was known before it.
    public let parent: PhaseID?
    /// When it began.
    public let begin: Instant
    /// When it ended, not before it began; nil while it runs.
    public internal(set) var end: Instant?
    /// What else is known: bytes, model, quantisation, GPU.
    public internal(set) var attributes: JSON.Object

    /// A phase; an `end` before `begin` counts as `begin`.
    public init(
        _ name: String,
        parent: PhaseID? = nil,
        begin: Instant,
        end: Instant?,
        attributes: JSON.Object = [:]
    ) {
        self.name = name
        self.parent = parent
        self.begin = begin
        self.end = end.map { max(begin, $0) }
        self.attributes = attributes
    }

    /// Whether it goes on beside the work: a wait for a job, or weights that are read ahead. Where it overlaps with work, the
    /// time is the work's.
    public var isWait: Bool { Self.waits.contains(name) }

    /// Whether nothing is done in it at all: the worker waits for a job. That is no slowness of the start.
    var isIdle: Bool { name == "idle" || name == "queue.poll" }

    // They may well outlast the whole start, and would claim it.
    private static let waits: Set = ["idle", "queue.poll", "model.prefetch"]
}
