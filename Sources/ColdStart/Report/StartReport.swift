/// What can be said of many starts together. Pure: files are read by ``StartLibrary``, forms are made by
/// ``TerminalReport``, ``PageReport``, ``StartTrace`` and ``json``.
public struct StartReport: Sendable {
    /// All that are looked at, oldest first.
    public let starts: [KeptStart]
    /// By how evenly cold starts go, the worst group first.
    public let variances: [Variance]
    /// The three largest.
    public let savings: [Saving]
    let kinds: [KindSummary]

    /// - Parameter last: how many of the newest starts count; nil: all
    public init(_ starts: [KeptStart], last: Int? = nil) {
        let sorted = starts.sorted { ($0.began, $0.worker) < ($1.began, $1.worker) }
        let kept = Array(sorted.suffix(max(0, last ?? .max)))
        self.starts = kept
        kinds = StartKind.allCases.compactMap { KindSummary($0, of: kept) }
        variances = Variance.all(of: kept)
        savings = Savings(kept.filter { $0.timeline.kind == .cold && $0.error == nil })?.largest() ?? []
    }

    /// Whether cold starts vary more than they should.
    public var isAlarming: Bool { variances.contains(where: \.isAlarming) }

    /// A start by its place from the end (`1` is the last), or by the beginning of its time (`2026-11-21T07:3`): the last
    /// one that began then.
    public func start(_ selector: String) -> KeptStart? {
        if let place = Int(selector) {
            return (1...max(1, starts.count)).contains(place) ? starts.dropLast(place - 1).last : nil
        }
        return selector.isEmpty ? nil : starts.last { $0.began.description.hasPrefix(selector) }
    }

    var workers: Int { Set(starts.map(\.worker)).count }

    /// The starts of which the storage's limit is known, with their efficiency.
    var efficiencies: [(start: KeptStart, floor: Floor, measured: Duration, efficiency: Double)] {
        starts.compactMap { start in
            guard let floor = start.floor, let measured = start.timeline.loadTime, let efficiency = start.efficiency
            else { return nil }
            return (start, floor, measured, efficiency)
        }
    }
}
