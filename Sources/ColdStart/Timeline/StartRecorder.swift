public import JSON
import Support

/// The one owner of a start's phases; any thread may begin and end them.
///
/// A recorder is for one start: once finished it takes no new phases, only the ends of those that still run.
public final class StartRecorder: Sendable {
    private let record: Lock<StartRecord>
    private let onEnd: @Sendable (_ phase: Phase, _ parent: String?) -> Void

    /// - Parameters:
    ///   - kind: how much has to be done
    ///   - origin: when the start began, which may be before this process did
    ///   - onEnd: gets each phase as it ends, with the name of its parent, on the thread that ended it
    public init(
        kind: StartKind = .cold,
        origin: Instant = .now,
        onEnd: @escaping @Sendable (_ phase: Phase, _ parent: String?) -> Void = { _, _ in }
    ) {
        record = Lock(StartRecord(kind: kind, origin: origin))
        self.onEnd = onEnd
    }

    /// Begins a phase, now or at a time that is known afterwards. A time before the start's origin counts as the origin.
    public func begin(
        _ name: String,
        parent: PhaseID? = nil,
        at begin: Instant = .now,
        attributes: JSON.Object = [:]
    ) -> PhaseID {
        record.withLock { $0.begin(name, parent: parent, at: begin, attributes: attributes) }
    }

    /// Ends a phase. Ending one twice, or one that was not taken, does nothing.
    public func end(_ id: PhaseID, at end: Instant = .now, attributes: JSON.Object = [:]) {
        // The callback writes a log line: not under the lock.
        if let (phase, parent) = record.withLock({ $0.end(id, at: end, attributes: attributes) }) {
            onEnd(phase, parent)
        }
    }

    /// A phase of which both ends are known.
    @discardableResult
    public func record(
        _ name: String,
        parent: PhaseID? = nil,
        from begin: Instant,
        to end: Instant,
        attributes: JSON.Object = [:]
    ) -> PhaseID {
        let id = self.begin(name, parent: parent, at: begin, attributes: attributes)
        self.end(id, at: end)
        return id
    }

    /// Adds what has become known of a phase, even after its end.
    public func add(_ attributes: JSON.Object, to id: PhaseID) {
        record.withLock { $0.add(attributes, to: id) }
    }

    /// Adds what is known of the whole start. `model`, `engine` and `device` make the title of its picture.
    public func describe(_ attributes: JSON.Object) {
        record.withLock { $0.describe(attributes) }
    }

    /// The start is over; the first call counts.
    public func finish(at end: Instant = .now) {
        record.withLock { $0.finish(at: end) }
    }

    /// The start so far. A phase that runs is taken to last until `now`.
    public func snapshot(at now: Instant = .now) -> Timeline {
        record.withLock { $0.timeline(at: now) }
    }
}
