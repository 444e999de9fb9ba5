/// What a handful of measured values says: medians and percentiles, no averages, which one bad moment can move.
struct Sample: Sendable, Equatable {
    private let sorted: [Double]

    /// In any order.
    init(_ values: some Sequence<Double>) {
        sorted = values.sorted()
    }

    var count: Int { sorted.count }
    /// Nil if there are no values.
    var least: Double? { sorted.first }
    /// Nil if there are no values.
    var most: Double? { sorted.last }

    /// The middle value, or the mean of the two middle ones; nil if there are no values.
    var median: Double? {
        guard !sorted.isEmpty else { return nil }
        let middle = sorted.count / 2
        return sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    }

    /// The least value that at least `percent` of all values do not exceed (nearest rank); nil if there are no values.
    ///
    /// Nearest rank never invents a value between two measured ones. Of fewer than 100 values the 99th is the largest.
    func percentile(_ percent: Double) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = (percent / 100 * Double(sorted.count)).rounded(.up)
        return sorted[min(max(Int(rank), 1), sorted.count) - 1]
    }
}
