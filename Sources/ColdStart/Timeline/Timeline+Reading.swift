public import JSON

extension Timeline {
    /// Reads back what ``json`` writes. The critical path and the sums are not read but made anew: they can then not
    /// contradict the phases.
    ///
    /// Members that are not known are passed over. Of more phases than a recorder keeps the others count as dropped: the
    /// critical path costs the square of their number, and files may come from anywhere.
    ///
    /// - Parameter origin: what the times count from; which instant it is matters to nobody
    public init(json: JSON, origin: Instant = .now) throws(TimelineFormatError) {
        guard let members = json.object else { throw TimelineFormatError("a start", "an object", json) }
        let kind = members["kind"]?.string ?? ""
        guard let kind = StartKind(rawValue: kind) else {
            throw TimelineFormatError("its kind is \"\(kind.printable)\", not cold, restored or warm")
        }
        let entries = members["phases"] ?? .null
        guard let entries = entries.array else { throw TimelineFormatError("its phases", "an array", entries) }
        var phases: [Phase] = []
        for entry in entries.prefix(StartRecord.limit) {
            phases.append(try Self.phase(entry, after: phases, origin))
        }
        let dropped = members["dropped_phases"]?.int ?? 0
        self.init(
            kind: kind,
            origin: origin,
            end: origin + (try Self.time("total_ms", in: members)),
            isFinished: members["finished"]?.bool ?? true,
            phases: phases,
            attributes: members["attributes"]?.object ?? [:],
            droppedPhases: min(max(0, dropped), 1 << 32) + max(0, entries.count - StartRecord.limit)
        )
    }

    private static func phase(
        _ json: JSON,
        after phases: [Phase],
        _ origin: Instant
    ) throws(TimelineFormatError) -> Phase {
        guard let members = json.object else { throw TimelineFormatError("a phase", "an object", json) }
        guard let name = members["name"]?.string else {
            throw TimelineFormatError("the name of a phase", "a string", members["name"] ?? .null)
        }
        let begin = origin + (try time("start_ms", in: members))
        let length = try time("ms", in: members)
        let named = members["parent"]?.string.flatMap { parent in phases.lastIndex { $0.name == parent } }
        let parent = members["parent_index"]?.int.flatMap { phases.indices.contains($0) ? $0 : nil } ?? named
        return Phase(
            name,
            parent: parent.map(PhaseID.init),
            begin: begin,
            end: members["running"]?.bool == true ? nil : begin + length,
            attributes: members["attributes"]?.object ?? [:]
        )
    }

    /// A hundred years: beyond it sums would overflow.
    private static let longest = 100 * 366 * 86_400_000.0

    private static func time(_ name: String, in members: JSON.Object) throws(TimelineFormatError) -> Duration {
        guard let milliseconds = members[name]?.double else {
            throw TimelineFormatError(name, "a number", members[name] ?? .null)
        }
        guard (0...longest).contains(milliseconds) else {
            throw TimelineFormatError("\(name) is \(milliseconds), which no start can last")
        }
        return .microseconds(Int((milliseconds * 1000).rounded()))
    }
}

/// A text that should be a start is none.
public struct TimelineFormatError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    init(_ what: String, _ expected: String, _ found: JSON) {
        description = "\(what) must be \(expected), but it is \(found.typeName)"
    }
}
