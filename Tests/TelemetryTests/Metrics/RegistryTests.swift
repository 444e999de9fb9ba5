import CoreMetrics
import Testing

@testable import Telemetry

/// Name, labels and value of all series of a registry, one a line.
func lines(_ registry: MetricRegistry) -> [String] {
    PrometheusText.page(of: registry.collect()).split(separator: "\n").map(String.init)
        .filter { !$0.hasPrefix("#") }
}

@Suite("metric registry")
struct RegistryTests {
    @Test("one name and one set of labels is one series, whoever asks for it")
    func sharing() {
        let registry = MetricRegistry()
        Counter(label: "jobs_total", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "jobs_total", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment(by: 2)
        Counter(label: "jobs_total", dimensions: [("a", "1")], factory: registry).increment()
        #expect(lines(registry) == [#"jobs_total{a="1"} 1"#, #"jobs_total{a="1",b="2"} 3"#])
    }

    @Test("instruments write what their kind means")
    func kinds() {
        let registry = MetricRegistry(describing: [
            MetricDescription("size", "", kind: .histogram(bounds: [10, 1]))
        ])
        FloatingPointCounter(label: "seconds_total", factory: registry).increment(by: 0.25)
        Meter(label: "level", factory: registry).set(-3.5)
        Gauge(label: "gauge", factory: registry).record(7)
        let size = Recorder(label: "size", factory: registry)
        for value in [0.5, 1, 1.5, 100] { size.record(value) }
        #expect(
            lines(registry) == [
                "gauge 7", "level -3.5", "seconds_total 0.25",
                #"size_bucket{le="1"} 2"#, #"size_bucket{le="10"} 3"#, #"size_bucket{le="+Inf"} 4"#, "size_sum 103",
                "size_count 4",
            ]
        )
    }

    @Test("timers count in seconds")
    func timer() {
        let registry = MetricRegistry()
        Timer(label: "wait_seconds", factory: registry).recordNanoseconds(1_500_000_000)
        #expect(lines(registry).contains("wait_seconds_sum 1.5"))
        #expect(lines(registry).contains(#"wait_seconds_bucket{le="1"} 0"#))
        #expect(lines(registry).contains(#"wait_seconds_bucket{le="2.5"} 1"#))
    }

    @Test("a counter never shrinks, and nothing becomes a number that was none")
    func nonsense() {
        let registry = MetricRegistry()
        let counter = FloatingPointCounter(label: "c_total", factory: registry)
        counter.increment(by: 2)
        for amount in [-1, .nan, .infinity] { counter.increment(by: amount) }
        let sizes = Recorder(label: "s", factory: registry)
        for value in [Double.nan, .infinity, 3] { sizes.record(value) }
        #expect(lines(registry).first == "c_total 2")
        #expect(lines(registry).suffix(2) == ["s_sum 3", "s_count 1"])
    }

    @Test("beyond the limit new label sets share one series, and old ones keep theirs")
    func bound() {
        let registry = MetricRegistry(describing: [MetricDescription("p", "", kind: .gauge, seriesLimit: 4)])
        for number in 1...1000 { Meter(label: "p", dimensions: [("n", "\(number)")], factory: registry).set(number) }
        Meter(label: "p", dimensions: [("n", "2")], factory: registry).set(-2)
        #expect(lines(registry) == [#"p{n="1"} 1"#, #"p{n="2"} -2"#, #"p{n="3"} 3"#, #"p{n="other"} 1000"#])
    }

    @Test("a name that is taken by another kind gives an instrument that harms nobody")
    func conflict() {
        let registry = MetricRegistry(describing: [MetricDescription("described", "", kind: .counter)])
        Counter(label: "x", factory: registry).increment()
        Meter(label: "x", factory: registry).set(5)
        Recorder(label: "x", factory: registry).record(5)
        Meter(label: "described", factory: registry).set(5)
        #expect(lines(registry) == ["x 1"])
    }

    @Test("sources are read at the moment, and a name stands there once")
    func sources() {
        let registry = MetricRegistry()
        Counter(label: "own_total", factory: registry).increment()
        let gauge = MetricDescription("own_total", "", kind: .gauge)
        let other = MetricDescription("other", "", kind: .gauge)
        registry.add { [MetricFamily(gauge, [([], 9)]), MetricFamily(other, [([("a", "b")], 1)])] }
        #expect(lines(registry) == [#"other{a="b"} 1"#, "own_total 1"])
    }

    @Test("names of labels are made valid and unique, and reserved ones are put aside")
    func labels() {
        let labels = MetricLabels([
            ("le", "1"), ("__a", "2"), ("b-c", "3"), ("b.c", "4"), ("9", "5"), ("", "6"), ("é", "7"),
        ])
        let pairs = labels.all.map { "\($0.name)=\($0.value)" }
        #expect(pairs == ["_=7", "_9=5", "b_c=4", "exported___a=2", "exported_le=1"])
    }
}
