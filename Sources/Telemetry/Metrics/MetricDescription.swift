/// What is known of a metric before anything was measured.
public struct MetricDescription: Sendable, Hashable {
    /// How its values behave.
    public enum Kind: Sendable, Hashable {
        /// A sum that only grows.
        case counter
        /// A value that goes up and down.
        case gauge
        /// Values counted by size; the upper bounds of the classes, rising. One class more holds what is above them.
        case histogram(bounds: [Double])
    }

    /// By Prometheus' conventions: prefix, base unit, `_total` for counters.
    public let name: String
    /// One sentence for whoever meets the metric first.
    public let help: String
    /// How its values behave.
    public let kind: Kind
    /// So many label sets are told apart; what comes after them shares one that says `other` everywhere.
    public let seriesLimit: Int

    /// A description in full. Bounds are put into order.
    public init(_ name: String, _ help: String, kind: Kind, seriesLimit: Int = 64) {
        self.name = MetricLabels.valid(name, allowing: ":")
        self.help = help
        self.kind = kind.inOrder
        self.seriesLimit = max(1, seriesLimit)
    }

    /// The unit, which the convention puts into the name.
    var unit: Unit {
        var words = name.split(separator: "_")
        if words.last == "total" { words.removeLast() }
        return words.last.flatMap { Unit(rawValue: String($0)) } ?? .count
    }

    enum Unit: String {
        case seconds, bytes, ratio, count
    }
}

extension MetricDescription.Kind {
    /// From one millisecond, which a warm start takes, to ten minutes, after which a platform gives a start up.
    public static let durations = Self.histogram(
        bounds: [
            0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
            1, 2.5, 5, 10, 20, 30, 60, 120, 300, 600,
        ]
    )

    fileprivate var inOrder: Self {
        guard case .histogram(let bounds) = self else { return self }
        // The last class has no bound: an infinite one would be a second of its kind.
        return .histogram(bounds: Set(bounds.filter(\.isFinite)).sorted())
    }
}
