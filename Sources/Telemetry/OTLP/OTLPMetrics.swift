import JSON

/// Metrics in the JSON form of OTLP: what `POST /v1/metrics` takes.
enum OTLPMetrics {
    /// Sums and histograms are cumulative: each report says all that the ones before it said, so none is missed much.
    ///
    /// - Parameters:
    ///   - begin: since when is counted, in nanoseconds since 1970
    ///   - now: when the metrics were read
    static func request(
        _ families: [MetricFamily],
        from begin: Int,
        at now: Int,
        resource: [(name: String, value: String)],
        version: String
    ) -> JSON {
        let times: JSON.Object = ["startTimeUnixNano": OTLPValue.text(begin), "timeUnixNano": OTLPValue.text(now)]
        return [
            "resourceMetrics": [
                [
                    "resource": ["attributes": OTLPValue.attributes(resource)],
                    "scopeMetrics": [
                        [
                            "scope": OTLPValue.scope(version: version),
                            "metrics": .array(families.map { metric($0, times) }),
                        ]
                    ],
                ]
            ]
        ]
    }

    private static func metric(_ family: MetricFamily, _ times: JSON.Object) -> JSON {
        let description = family.description
        var metric: JSON.Object = ["name": .string(description.name)]
        if !description.help.isEmpty { metric["description"] = .string(description.help) }
        metric["unit"] = .string(description.unit.code)
        let points = JSON.array(family.points.map { point($0, times) })
        switch description.kind {
        case .counter:
            metric["sum"] = [
                "dataPoints": points, "aggregationTemporality": JSON(isCumulative), "isMonotonic": true,
            ]
        case .gauge:
            metric["gauge"] = ["dataPoints": points]
        case .histogram:
            metric["histogram"] = ["dataPoints": points, "aggregationTemporality": JSON(isCumulative)]
        }
        return .object(metric)
    }

    private static func point(_ point: MetricFamily.Point, _ times: JSON.Object) -> JSON {
        var members = times
        members["attributes"] = OTLPValue.attributes(point.labels.all.map { (name: $0.name, value: $0.value) })
        switch point.value {
        case .number(let value):
            members["asDouble"] = OTLPValue.double(value)
        case .distribution(let distribution):
            members["count"] = OTLPValue.text(distribution.count)
            members["sum"] = OTLPValue.double(distribution.sum)
            members["bucketCounts"] = .array(distribution.counts.map(OTLPValue.text))
            members["explicitBounds"] = .array(distribution.bounds.map(OTLPValue.double))
        }
        return .object(members)
    }

    private static let isCumulative = 2
}

extension MetricDescription.Unit {
    /// As UCUM writes it.
    fileprivate var code: String {
        switch self {
        case .seconds: "s"
        case .bytes: "By"
        case .ratio, .count: "1"
        }
    }
}
