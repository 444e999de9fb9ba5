public import CoreMetrics
import Support

/// Where all that is measured comes together, for `GET /metrics` and for the push.
///
/// It is a backend of swift-metrics: our own instruments are handed it, and a library that reports through the facade can
/// be given it, too. Nothing here is global.
public final class MetricRegistry: MetricsFactory {
    /// Measures at the moment of the reading. Must not block: it runs where `/metrics` is answered.
    public typealias Source = @Sendable () -> [MetricFamily]

    private struct State {
        var families: [String: Family] = [:]
        var sources: [Source] = []
    }

    private struct Family {
        let description: MetricDescription
        var series: [MetricLabels: any Series] = [:]

        /// Those labels, as long as there is room for what is new; the last place is for all that comes after.
        func place(for labels: MetricLabels) -> MetricLabels {
            let isFull = series[labels] == nil && series.count >= description.seriesLimit - 1
            return isFull ? labels.other : labels
        }
    }

    private let descriptions: [String: MetricDescription]
    private let state = Lock(State())

    /// - Parameter descriptions: of the metrics that deserve better than a name: help, and bounds for histograms
    public init(describing descriptions: [MetricDescription] = []) {
        self.descriptions = Dictionary(descriptions.map { ($0.name, $0) }) { first, _ in first }
    }

    /// Adds metrics that are read rather than counted.
    public func add(_ source: @escaping Source) {
        state.withLock { $0.sources.append(source) }
    }

    /// Everything as it stands now, in the order of the names. A metric that nobody asked for yet is not there.
    public func collect() -> [MetricFamily] {
        let (own, sources) = state.withLock { state in
            let families = state.families.values.map { family in
                MetricFamily(
                    family.description,
                    family.series.map { MetricFamily.Point(labels: $0.key, value: $0.value.value) }
                )
            }
            return (families, state.sources)
        }
        // A reader would refuse the whole page for a name that stands on it twice: who came first is kept.
        let all = (own + sources.flatMap { $0() }).map { ($0.description.name, $0) }
        return Dictionary(all) { first, _ in first }.values.sorted { $0.description.name < $1.description.name }
    }

    /// The series of that name and those labels; `make` makes it if it is new.
    ///
    /// A name that is in use for another kind of metric gives a series that nobody reads: an instrument cannot fail, and
    /// a second kind under one name would make the page unreadable.
    private func series<Kind: Series>(
        _ label: String,
        _ dimensions: [(String, String)],
        otherwise kind: MetricDescription.Kind,
        make: (MetricDescription.Kind) -> Kind
    ) -> Kind {
        let name = MetricLabels.valid(label, allowing: ":")
        let labels = MetricLabels(dimensions)
        return state.withLock { state in
            var family =
                state.families[name]
                ?? Family(description: descriptions[name] ?? MetricDescription(name, "", kind: kind))
            guard Kind.suits(family.description.kind) else { return make(kind) }
            let place = family.place(for: labels)
            if let known = family.series[place] as? Kind { return known }
            let series = make(family.description.kind)
            family.series[place] = series
            state.families[name] = family
            return series
        }
    }
}

// What swift-metrics asks of a backend.
extension MetricRegistry {
    /// A counter of whole steps.
    public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, dimensions, otherwise: .counter) { _ in CounterSeries() }
    }

    /// A counter of any steps, without rounding.
    public func makeFloatingPointCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        series(label, dimensions, otherwise: .counter) { _ in CounterSeries() }
    }

    /// A gauge.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, dimensions, otherwise: .gauge) { _ in GaugeSeries() }
    }

    /// A histogram if it shall aggregate, else a gauge.
    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        if aggregate { return histogram(label, dimensions) }
        return series(label, dimensions, otherwise: .gauge) { _ in GaugeSeries() }
    }

    /// A histogram of seconds.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    // An instrument that goes out of scope leaves its series: a counter that vanished would look like a restart.

    /// Keeps the series.
    public func destroyCounter(_ handler: any CounterHandler) {}
    /// Keeps the series.
    public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    /// Keeps the series.
    public func destroyMeter(_ handler: any MeterHandler) {}
    /// Keeps the series.
    public func destroyRecorder(_ handler: any RecorderHandler) {}
    /// Keeps the series.
    public func destroyTimer(_ handler: any TimerHandler) {}

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        series(label, dimensions, otherwise: .durations) { kind in
            if case .histogram(let bounds) = kind {
                HistogramSeries(bounds: bounds)
            } else {
                HistogramSeries(bounds: [])
            }
        }
    }
}
