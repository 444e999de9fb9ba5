/// All series of one metric as they stood at one moment: what a scrape or a push carries.
public struct MetricFamily: Sendable, Hashable {
    /// What it is.
    public let description: MetricDescription
    /// In the order of their labels.
    public let points: [Point]

    /// One series.
    public struct Point: Sendable, Hashable {
        /// What tells it from its siblings.
        public let labels: MetricLabels
        /// What it stood at.
        public let value: Value
    }

    /// What a series stands at.
    public enum Value: Sendable, Hashable {
        /// A counter's sum or a gauge's value.
        case number(Double)
        /// A histogram.
        case distribution(Distribution)
    }

    init(_ description: MetricDescription, _ points: [Point]) {
        self.description = description
        self.points = points.sorted { left, right in
            left.labels.all.map(\.value).lexicographicallyPrecedes(right.labels.all.map(\.value))
        }
    }

    /// A metric with one series, or with several that the caller has measured just now.
    public init(_ description: MetricDescription, _ values: [(labels: [(String, String)], value: Double)]) {
        self.init(description, values.map { Point(labels: MetricLabels($0.labels), value: .number($0.value)) })
    }
}

/// Values, counted by size.
public struct Distribution: Sendable, Hashable {
    /// The upper bounds of all classes but the last, rising.
    public let bounds: [Double]
    /// How many values fell into each class: one class more than there are bounds.
    public private(set) var counts: [Int]
    /// What they add up to.
    public private(set) var sum = 0.0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    /// How many values there were.
    public var count: Int { counts.reduce(0, +) }

    /// Counts a value. A bound belongs to the class below it. What is no number would spoil the sum for ever.
    mutating func add(_ value: Double) {
        guard value.isFinite else { return }
        // Some twenty bounds: a search by halves would be no faster.
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}
