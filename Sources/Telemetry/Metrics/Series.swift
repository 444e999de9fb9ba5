import CoreMetrics
import Support

/// One series, in the shape of whatever kind of instrument writes to it.
protocol Series: AnyObject, Sendable {
    var value: MetricFamily.Value { get }
    /// Whether it can be one of a metric of that kind.
    static func suits(_ kind: MetricDescription.Kind) -> Bool
}

/// A sum that only grows: what would shrink it is passed over, because a reader takes a smaller value for a restart.
final class CounterSeries: Series, CounterHandler, FloatingPointCounterHandler {
    private let sum = Lock(0.0)

    static func suits(_ kind: MetricDescription.Kind) -> Bool { kind == .counter }

    var value: MetricFamily.Value { .number(sum.withLock { $0 }) }

    func increment(by amount: Int64) {
        // Exact up to 2^53: eight petabytes loaded.
        increment(by: Double(amount))
    }

    func increment(by amount: Double) {
        guard amount.isFinite, amount > 0 else { return }
        sum.withLock { $0 += amount }
    }

    func reset() {
        sum.withLock { $0 = 0 }
    }
}

/// A value that is set.
final class GaugeSeries: Series, MeterHandler, RecorderHandler {
    private let current = Lock(0.0)

    static func suits(_ kind: MetricDescription.Kind) -> Bool { kind == .gauge }

    var value: MetricFamily.Value { .number(current.withLock { $0 }) }

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { current.withLock { $0 = value } }
    func increment(by amount: Double) { current.withLock { $0 += amount } }
    func decrement(by amount: Double) { current.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
}

/// Values counted by size. Timers count in seconds, whatever unit they would rather be shown in.
final class HistogramSeries: Series, RecorderHandler, TimerHandler {
    private let distribution: Lock<Distribution>

    init(bounds: [Double]) {
        distribution = Lock(Distribution(bounds: bounds))
    }

    static func suits(_ kind: MetricDescription.Kind) -> Bool {
        if case .histogram = kind { true } else { false }
    }

    var value: MetricFamily.Value { .distribution(distribution.withLock { $0 }) }

    func record(_ value: Int64) { record(Double(value)) }
    func record(_ value: Double) { distribution.withLock { $0.add(value) } }
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
