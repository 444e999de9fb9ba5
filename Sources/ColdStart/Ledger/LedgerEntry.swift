import JSON

/// What a ledger says of one model initialisation, before it has a place in the chain.
public struct LedgerEntry: Sendable, Hashable {
    /// When the initialisation began.
    public let began: Timestamp
    /// The worker that did it.
    public let worker: String
    /// Model, engine and machine.
    public let subject: StartSubject
    /// How much had to be done.
    public let kind: StartKind
    /// Why it failed; nil if it did not.
    public let error: String?
    /// From its beginning to its end.
    public let total: Duration
    /// Every phase with its length, in the order in which they became known.
    public let phases: [(name: String, length: Duration)]

    /// The record of a start.
    public init(_ start: KeptStart) {
        began = start.began
        worker = start.worker
        subject = start.subject
        kind = start.timeline.kind
        error = start.error
        total = start.timeline.total
        phases = start.timeline.phases.map { ($0.name, start.timeline.interval(of: $0).length) }
    }

    /// The members of its line that are the initialisation's own.
    var fields: JSON.Object {
        var fields: JSON.Object = ["time": .string(began.description), "worker": .string(worker.limited())]
        for (key, value) in subject.fields { fields[key] = value.string.map { .string($0.limited()) } ?? value }
        fields["kind"] = .string(kind.rawValue)
        fields["outcome"] = error == nil ? "ready" : "failed"
        if let error { fields["error"] = .string(error.limited()) }
        fields["total_ms"] = Self.milliseconds(total)
        fields["phases"] = .array(
            phases.map { ["name": .string($0.name.limited(to: 100)), "ms": Self.milliseconds($0.length)] }
        )
        return fields
    }

    private static func milliseconds(_ duration: Duration) -> JSON {
        JSON(microseconds: (duration.wholeNanoseconds + 500) / 1000)
    }

    /// Two are equal if their records are.
    public static func == (left: LedgerEntry, right: LedgerEntry) -> Bool { left.fields == right.fields }

    /// By what ``==(_:_:)`` compares.
    public func hash(into hasher: inout Hasher) { hasher.combine(fields) }
}

extension String {
    /// An engine's last words may be pages. A record is found again by reading the last megabyte of a file: with 512
    /// phases whose names are escaped throughout it takes a third of that.
    fileprivate func limited(to count: Int = 1000) -> String {
        utf8.count <= count ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(count)))
    }
}
