public import JSON

extension Timeline {
    /// The start as JSON. All times are milliseconds with up to three decimals, counted from the start's origin:
    ///
    /// ```
    /// {"kind": "cold", "total_ms": 1424.5, "unattributed_ms": 12.25, "finished": true, "attributes": {…},
    ///  "phases": [{"name": "weights", "parent": "model.load", "start_ms": 803, "ms": 345.1, "attributes": {…}}, …],
    ///  "critical_path": [{"name": "engine.spawn", "start_ms": 4.2, "ms": 38}, …]}
    /// ```
    ///
    /// The `ms` of the critical path and `unattributed_ms` add up to `total_ms` to the last digit. A phase without a
    /// parent has `null` there, one that had not ended `"running": true`. `parent` names the last phase of that name
    /// before its part; where it was another one, `parent_index` says which. If there were too many phases to keep,
    /// `dropped_phases` counts the others.
    public var json: JSON {
        let figures = Figures(self, in: .microseconds)
        var members: JSON.Object = [
            "kind": .string(kind.rawValue),
            "total_ms": JSON(microseconds: figures.total),
            "unattributed_ms": JSON(microseconds: figures.unattributed),
            "finished": .bool(isFinished),
            "attributes": .object(attributes),
            "phases": .array(phases.indices.map { json(ofPhase: $0, figures) }),
            "critical_path": .array(
                figures.path.map { share in
                    [
                        "name": .string(phases[share.phase].name), "start_ms": JSON(microseconds: share.start),
                        "ms": JSON(microseconds: share.length),
                    ]
                }
            ),
        ]
        if droppedPhases > 0 { members["dropped_phases"] = JSON(droppedPhases) }
        return .object(members)
    }

    private func json(ofPhase index: Int, _ figures: Figures) -> JSON {
        let phase = phases[index]
        var members: JSON.Object = [
            "name": .string(phase.name),
            "parent": phase.parent.map { .string(phases[$0.index].name) } ?? .null,
            "start_ms": JSON(microseconds: figures.starts[index]),
            "ms": JSON(microseconds: figures.lengths[index]),
            "attributes": .object(phase.attributes),
        ]
        if phase.end == nil { members["running"] = true }
        if let parent = phase.parent?.index,
            phases[..<index].lastIndex(where: { $0.name == phases[parent].name }) != parent
        {
            members["parent_index"] = JSON(parent)
        }
        return .object(members)
    }
}

extension JSON {
    /// Milliseconds with the decimals that it takes.
    init(microseconds: Int) {
        // A double would print 812 as 812.0.
        self = microseconds.isMultiple(of: 1000) ? JSON(microseconds / 1000) : JSON(Double(microseconds) / 1000)
    }
}
