public import JSON

extension StartReport {
    /// The report for other programs: times in milliseconds, shares from 0 to 1.
    ///
    /// ```
    /// {"starts": 12, "workers": 3, "kinds": {"cold": {"starts": 9, "failed": 0, "total_ms": {"p50": …, "p95": …, "p99": …},
    ///  "unattributed_ms": {…}, "phases": [{"name": "weights", "starts": 9, "ms": {…}}, …]}}, "efficiency": [{…}],
    ///  "savings": [{"what": …, "setting": …, "ms": …, "at_most": false, "phases": […]}],
    ///  "variance": [{"subject": …, "starts": 9, "coefficient": 0.31, "alarm": true, "phase": "weights", …}], "last": {…}}
    /// ```
    public var json: JSON {
        var members: JSON.Object = ["starts": JSON(starts.count), "workers": JSON(workers)]
        members["kinds"] = .object(JSON.Object(kinds.map { ($0.kind.rawValue, $0.json) }))
        members["efficiency"] = .array(
            efficiencies.map { entry in
                [
                    "began": .string(entry.start.began.description), "worker": .string(entry.start.worker),
                    "bytes": JSON(entry.floor.bytes), "floor_ms": entry.floor.duration.json,
                    "load_ms": entry.measured.json, "efficiency": JSON(entry.efficiency.rounded(to: 4)),
                    "bandwidth_source": .string(entry.floor.source),
                ]
            }
        )
        members["savings"] = .array(
            savings.map { saving in
                [
                    "what": .string(saving.what), "setting": .string(saving.setting), "ms": saving.time.json,
                    "at_most": .bool(saving.isUpperBound), "phases": .array(saving.phases.map(JSON.string)),
                ]
            }
        )
        members["variance"] = .array(
            variances.map { variance in
                [
                    "subject": .string(variance.subject), "starts": JSON(variance.starts),
                    "coefficient": JSON(variance.coefficient.rounded(to: 4)), "alarm": .bool(variance.isAlarming),
                    "phase": .string(variance.phase), "contribution": JSON(variance.contribution.rounded(to: 4)),
                ]
            }
        )
        members["last"] = starts.last?.json ?? .null
        return .object(members)
    }
}

extension KindSummary {
    fileprivate var json: JSON {
        [
            "starts": JSON(starts), "failed": JSON(failed), "total_ms": totals.json,
            "unattributed_ms": unattributed.json,
            "phases": .array(
                rows.map { ["name": .string($0.name), "starts": JSON($0.lengths.count), "ms": $0.lengths.json] }
            ),
        ]
    }
}

extension Percentiles {
    fileprivate var json: JSON { ["p50": p50.json, "p95": p95.json, "p99": p99.json] }
}

extension Duration {
    /// Milliseconds to the microsecond.
    var json: JSON { JSON(microseconds: (wholeNanoseconds + 500) / 1000) }
}

extension Double {
    func rounded(to digits: Int) -> Double {
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        return (self * scale).rounded() / scale
    }
}
