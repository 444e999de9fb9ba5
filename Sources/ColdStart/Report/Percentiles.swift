/// Lengths of one thing over many starts, in order.
///
/// Percentiles are the nearest rank: each is a length that was measured. Of fewer than 100 the 99th is the longest.
struct Percentiles: Sendable, Hashable {
    private let sorted: [Duration]

    init(_ values: [Duration]) {
        sorted = values.sorted()
    }

    var count: Int { sorted.count }
    var p50: Duration { value(at: 50) }
    var p95: Duration { value(at: 95) }
    var p99: Duration { value(at: 99) }

    /// Zero if there are none.
    func value(at percent: Int) -> Duration {
        guard let last = sorted.last else { return .zero }
        let rank = (sorted.count * percent + 99) / 100
        return rank <= sorted.count ? sorted[max(0, rank - 1)] : last
    }
}
