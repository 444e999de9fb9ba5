public import JSON

extension Phase {
    /// A phase that ended as a line of log: a sentence such as `phase weights 345 ms (parent model.load)`, and the fields
    /// `phase`, `ms`, `parent` and the attributes behind it.
    public func logForm(parent: String?) -> (message: String, fields: JSON.Object) {
        let length = begin.duration(to: end ?? begin)
        var fields: JSON.Object = [
            "phase": .string(name), "ms": JSON(microseconds: (length.wholeNanoseconds + 500) / 1000),
        ]
        if let parent { fields["parent"] = .string(parent) }
        // An attribute of that name must not change what the line says.
        for (key, value) in attributes where !["phase", "ms", "parent"].contains(key) { fields[key] = value }
        return ("phase \(name) \(TimeText.short(length))\(parent.map { " (parent \($0))" } ?? "")", fields)
    }
}

extension Timeline {
    /// The summary line of a start: what it waited for and what nothing explains, adding up to the total; as fields
    /// `start_kind`, `total_ms`, `unattributed_ms` and, whole, `start`.
    public var logForm: (message: String, fields: JSON.Object) {
        let figures = Figures(self, in: .milliseconds)
        let path = figures.pathByPhase.map { "\(phases[$0.phase].name) \($0.length)" }
        let parts = (path + ["unattributed \(figures.unattributed)"]).joined(separator: " + ")
        let json = json
        let fields: JSON.Object = [
            "start_kind": .string(kind.rawValue), "total_ms": json["total_ms"] ?? .null,
            "unattributed_ms": json["unattributed_ms"] ?? .null, "start": json,
        ]
        return ("\(kind.rawValue) start \(figures.total) ms = \(parts)", fields)
    }
}
