/// Prometheus' text format, version 0.0.4: what `GET /metrics` answers with.
public enum PrometheusText {
    /// Goes with the text as `Content-Type`.
    public static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    /// All metrics as one page, in the order given. Each ends with a newline, which the format insists on.
    public static func page(of families: [MetricFamily]) -> String {
        var text = ""
        for family in families { append(family, to: &text) }
        return text
    }

    private static func append(_ family: MetricFamily, to text: inout String) {
        let name = family.description.name
        if !family.description.help.isEmpty {
            text += "# HELP \(name) \(escaped(family.description.help, quotes: false))\n"
        }
        text += "# TYPE \(name) \(family.description.kind.word)\n"
        for point in family.points {
            switch point.value {
            case .number(let value): append(name, point.labels, number(value), to: &text)
            case .distribution(let distribution): append(name, point.labels, distribution, to: &text)
            }
        }
    }

    /// The classes of a histogram are cumulative here: each holds all values up to its bound.
    private static func append(
        _ name: String,
        _ labels: MetricLabels,
        _ distribution: Distribution,
        to text: inout String
    ) {
        var count = 0
        let bounds = distribution.bounds.map(number) + ["+Inf"]
        for (bound, inClass) in zip(bounds, distribution.counts) {
            count += inClass
            append("\(name)_bucket", labels, String(count), bound: bound, to: &text)
        }
        append("\(name)_sum", labels, number(distribution.sum), to: &text)
        append("\(name)_count", labels, String(count), to: &text)
    }

    private static func append(
        _ name: String,
        _ labels: MetricLabels,
        _ value: String,
        bound: String? = nil,
        to text: inout String
    ) {
        var pairs = labels.all.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
        if let bound { pairs.append("le=\"\(bound)\"") }
        text += name
        if !pairs.isEmpty { text += "{\(pairs.joined(separator: ","))}" }
        text += " \(value)\n"
    }

    /// As Go reads it. Whole numbers go without `.0`, which would only make bounds look odd.
    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int(exactly: value).map(String.init) ?? value.description
    }

    /// A line break in a value would begin a line of the sender's choice.
    private static func escaped(_ text: String, quotes: Bool) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "\\": escaped += #"\\"#
            case "\n": escaped += #"\n"#
            case "\"" where quotes: escaped += #"\""#
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}

extension MetricDescription.Kind {
    fileprivate var word: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
