import JSON
import Support

/// The phases of one start as they become known: the rules of recording, without the lock.
struct StartRecord: Sendable {
    /// No start has as many phases; a worker that lives for weeks must not gather more.
    static let limit = 512

    let kind: StartKind
    let origin: Instant
    private var phases: [Phase] = []
    private var dropped = 0
    private var attributes: JSON.Object = [:]
    private var finished: Instant?

    init(kind: StartKind, origin: Instant) {
        self.kind = kind
        self.origin = origin
    }

    /// Takes a phase, unless the start is over or full: then the id names nothing, and ending it does nothing.
    mutating func begin(_ name: String, parent: PhaseID?, at begin: Instant, attributes: JSON.Object) -> PhaseID {
        guard finished == nil else { return .untaken }
        guard phases.count < Self.limit else {
            dropped += 1
            return .untaken
        }
        let parent = parent.flatMap { phases.indices.contains($0.index) ? $0 : nil }
        phases.append(Phase(name, parent: parent, begin: snapped(begin), end: nil, attributes: attributes))
        return PhaseID(index: phases.count - 1)
    }

    /// The phase that thereby ended, and its parent's name; nil if there was nothing to end.
    mutating func end(_ id: PhaseID, at end: Instant, attributes: JSON.Object) -> (phase: Phase, parent: String?)? {
        guard phases.indices.contains(id.index), phases[id.index].end == nil else { return nil }
        phases[id.index].end = max(phases[id.index].begin, snapped(end))
        phases[id.index].attributes.merge(attributes)
        let phase = phases[id.index]
        return (phase, phase.parent.map { phases[$0.index].name })
    }

    mutating func add(_ attributes: JSON.Object, to id: PhaseID) {
        guard phases.indices.contains(id.index) else { return }
        phases[id.index].attributes.merge(attributes)
    }

    mutating func describe(_ attributes: JSON.Object) {
        self.attributes.merge(attributes)
    }

    mutating func finish(at end: Instant) {
        if finished == nil { finished = snapped(end) }
    }

    /// The start so far: to its finish; else to `now` while a phase runs, or to the end of the last one.
    func timeline(at now: Instant) -> Timeline {
        let isRunning = phases.isEmpty || phases.contains { $0.end == nil }
        let last = isRunning ? now : phases.compactMap(\.end).max() ?? now
        return Timeline(
            kind: kind,
            origin: origin,
            end: finished ?? snapped(last),
            isFinished: finished != nil,
            phases: phases,
            attributes: attributes,
            droppedPhases: dropped
        )
    }

    /// A whole number of microseconds after the origin, and never before it: so the lines that are logged as phases end
    /// and the figures of the finished timeline agree to the last digit.
    private func snapped(_ instant: Instant) -> Instant {
        let nanoseconds = origin.duration(to: instant).wholeNanoseconds
        return origin + .microseconds(max(0, nanoseconds + 500) / 1000)
    }
}

extension PhaseID {
    /// Names no phase.
    static let untaken = PhaseID(index: -1)
}

extension JSON.Object {
    fileprivate mutating func merge(_ other: JSON.Object) {
        for (key, value) in other { self[key] = value }
    }
}
