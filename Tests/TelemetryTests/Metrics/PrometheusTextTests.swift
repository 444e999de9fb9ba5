import Testing

@testable import Telemetry

@Suite("Prometheus text")
struct PrometheusTextTests {
    @Test("a page holds help, type and series, each line ended")
    func page() {
        let family = MetricFamily(
            MetricDescription("jobs_total", "Jobs that ended.", kind: .counter),
            [([("outcome", "failed")], 2), ([("outcome", "completed")], 40.5)]
        )
        #expect(
            PrometheusText.page(of: [family]) == """
                # HELP jobs_total Jobs that ended.
                # TYPE jobs_total counter
                jobs_total{outcome="completed"} 40.5
                jobs_total{outcome="failed"} 2

                """
        )
    }

    @Test("nothing that comes from outside can begin a line or end a value")
    func escaping() {
        let family = MetricFamily(
            MetricDescription("x", "a \\ b\n\"c\"", kind: .gauge),
            [([("l", "\"} 1\nfake 2\\")], 1)]
        )
        #expect(
            PrometheusText.page(of: [family]) == #"""
                # HELP x a \\ b\n"c"
                # TYPE x gauge
                x{l="\"} 1\nfake 2\\"} 1

                """#
        )
    }

    @Test(
        "numbers are as Go reads them",
        arguments: [
            (0, "0"), (-0.5, "-0.5"), (1e15, "1000000000000000"), (1e300, "1e+300"), (1e-7, "1e-07"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (1_732_000_000.123, "1732000000.123"),
        ] as [(Double, String)]
    )
    func numbers(value: Double, text: String) {
        let family = MetricFamily(MetricDescription("x", "", kind: .gauge), [([], value)])
        #expect(PrometheusText.page(of: [family]) == "# TYPE x gauge\nx \(text)\n")
    }

    @Test("an empty registry is an empty page")
    func empty() {
        #expect(PrometheusText.page(of: []) == "")
    }
}
