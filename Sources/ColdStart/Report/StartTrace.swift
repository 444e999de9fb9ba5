import JSON

/// Starts in the Trace Event Format, which Perfetto and Chrome's tracing open: a process a worker, a thread a track of
/// phases that lie in each other.
public struct StartTrace: Sendable {
    private let starts: [KeptStart]

    /// A trace of these starts, on one time axis.
    public init(_ starts: [KeptStart]) {
        self.starts = starts
    }

    /// The whole file's text. Times count from the first start, in microseconds as the format has it; the wall clock's time
    /// is among each start's arguments.
    public func render() -> String {
        let workers = Set(starts.map(\.worker)).sorted()
        let zero = starts.map(\.began).min() ?? Timestamp(milliseconds: 0)
        var events: [JSON] = []
        for (index, worker) in workers.enumerated() {
            let process = index + 1
            let own = starts.filter { $0.worker == worker }.map { (start: $0, tracks: Tracks($0.timeline)) }
            events.append(name("process_name", process, 0, worker))
            for track in 0...(own.map(\.tracks.count).max() ?? 1) {
                events.append(name("thread_name", process, track, Self.title(ofTrack: track)))
            }
            for (start, tracks) in own { events += self.events(start, tracks, process, since: zero) }
        }
        let trace: JSON = ["displayTimeUnit": "ms", "traceEvents": .array(events)]
        return "\(trace)\n"
    }

    private static func title(ofTrack track: Int) -> String {
        switch track {
        case 0: "starts"
        case 1: "phases"
        default: "alongside \(track - 1)"
        }
    }

    private func events(_ start: KeptStart, _ tracks: Tracks, _ process: Int, since zero: Timestamp) -> [JSON] {
        let timeline = start.timeline
        let offset = (start.began.milliseconds - zero.milliseconds) * 1000
        func event(_ name: String, _ interval: Range<Instant>, _ track: Int, _ arguments: JSON.Object) -> JSON {
            let begin = timeline.origin.duration(to: interval.lowerBound).wholeNanoseconds / 1000
            return [
                "name": .string(name), "cat": .string(timeline.kind.rawValue), "ph": "X",
                "ts": JSON(offset + begin), "dur": JSON(interval.length.wholeNanoseconds / 1000),
                "pid": JSON(process), "tid": JSON(track), "args": .object(arguments),
            ]
        }
        var whole = timeline.attributes
        whole["began"] = .string(start.began.description)
        if let error = start.error { whole["error"] = .string(error) }
        let gaps = timeline.gaps.map { event(Timeline.unattributedName, $0, 0, [:]) }
        let phases = timeline.phases.indices.map { index in
            let phase = timeline.phases[index]
            return event(phase.name, timeline.interval(of: phase), tracks[index] + 1, phase.attributes)
        }
        return [event("\(timeline.kind.rawValue) start", timeline.origin..<timeline.end, 0, whole)] + gaps + phases
    }

    private func name(_ kind: String, _ process: Int, _ track: Int, _ name: String) -> JSON {
        [
            "name": .string(kind), "ph": "M", "pid": JSON(process), "tid": JSON(track),
            "args": ["name": .string(name)],
        ]
    }
}

/// Which phases can be drawn above each other: on one track every two lie apart or one in the other, or a viewer cannot nest
/// them.
struct Tracks: Sendable {
    private(set) var count = 0
    private var places: [Int]

    /// The track of a phase, from 0.
    subscript(index: Int) -> Int { places[index] }

    init(_ timeline: Timeline) {
        let intervals = timeline.phases.map(timeline.interval)
        places = Array(repeating: 0, count: intervals.count)
        // The longest first of those that begin together: it holds the others.
        let order = intervals.indices.sorted { left, right in
            (intervals[left].lowerBound, intervals[right].upperBound, left)
                < (intervals[right].lowerBound, intervals[left].upperBound, right)
        }
        // Of each track the phases that are open, the innermost last.
        var open: [[Range<Instant>]] = []
        for index in order {
            let interval = intervals[index]
            for track in open.indices { open[track].removeAll { $0.upperBound <= interval.lowerBound } }
            let free = open.firstIndex { $0.last.map { interval.upperBound <= $0.upperBound } ?? true }
            if free == nil { open.append([]) }
            places[index] = free ?? open.count - 1
            open[places[index]].append(interval)
        }
        count = open.count
    }
}
