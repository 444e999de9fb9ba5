import JSON
import Testing

@testable import ColdStart

@Suite("Percentiles")
struct PercentileTests {
    @Test(
        "Are the nearest rank: lengths that were measured",
        arguments: [
            ([5], 5, 5, 5), ([1, 2], 1, 2, 2), ([3, 1, 2], 2, 3, 3), (Array(1...100), 50, 95, 99),
            (Array(1...200), 100, 190, 198), ([], 0, 0, 0),
        ]
    )
    func ranks(_ values: [Int], _ p50: Int, _ p95: Int, _ p99: Int) {
        let percentiles = Percentiles(values.shuffled().map { .seconds($0) })
        #expect(percentiles.p50 == .seconds(p50))
        #expect(percentiles.p95 == .seconds(p95))
        #expect(percentiles.p99 == .seconds(p99))
    }
}

@Suite("StartReport")
struct StartReportTests {
    @Test("Sums up each kind on its own, and failures apart")
    func kinds() throws {
        let report = StartReport(
            (1...5).map { keptStart(weights: Double($0) * 100, minute: $0) } + [
                keptStart(weights: 1, minute: 6, kind: .warm), keptStart(minute: 7, error: "gone"),
            ]
        )
        #expect(report.kinds.map(\.kind) == [.cold, .warm])
        let cold = try #require(report.kinds.first)
        #expect(cold.starts == 5)
        #expect(cold.failed == 1)
        #expect(cold.rows.first { $0.name == "weights" }?.lengths.p50 == .milliseconds(300))
        #expect(cold.rows.first { $0.name == "weights" }?.depth == 1)
        #expect(cold.totals.p50 == .milliseconds(440))
        #expect(cold.unattributed.p50 == .milliseconds(10))
        let names = ["worker", "idle", "engine.spawn", "model.load", "runner.fit", "weights", "first_token"]
        #expect(cold.rows.map(\.name) == names)
    }

    @Test("Waiting for a job is nobody's slowness")
    func waits() throws {
        let report = StartReport((0..<6).map { keptStart(minute: $0, idle: Double($0) * 10_000) })
        #expect(report.kinds.first?.totals.p99 == .milliseconds(1140))
        #expect(report.variances.first?.coefficient == 0)
        #expect(!report.isAlarming)
    }

    @Test("Looks at the newest so many, of all workers together")
    func last() {
        let starts = (0..<10).map { keptStart(minute: 9 - $0, worker: "w\($0 % 3)") }
        let report = StartReport(starts, last: 4)
        #expect(report.starts.map(\.began) == (6..<10).map { noon + .seconds(60 * $0) })
        #expect(report.workers == 3)
        #expect(StartReport([]).starts.isEmpty)
    }

    @Test("Finds a start by its place from the end or by its time")
    func selectors() {
        let report = StartReport((0..<3).map { keptStart(minute: $0) })
        #expect(report.start("1")?.began == noon + .seconds(120))
        #expect(report.start("3")?.began == noon)
        #expect(report.start(String(noon.description.prefix(16)))?.began == noon)
        for selector in ["0", "4", "-1", "", "1999", "x"] { #expect(report.start(selector) == nil) }
    }

    @Test("As JSON it has every figure")
    func json() throws {
        let report = StartReport((1...5).map { keptStart(weights: Double($0) * 1000, minute: $0, floor: 250) })
        let json = try JSON(parsing: report.json.bytes)
        #expect(json["starts"] == 5)
        #expect(json["kinds"]?["cold"]?["total_ms"]?["p50"] == 3140)
        #expect(json["efficiency"]?[4]?["efficiency"]?.double == 0.0498)
        #expect(json["savings"]?[0]?["setting"] == "KINDLING_PREFETCH=auto")
        #expect(json["variance"]?[0]?["alarm"] == true)
        #expect(json["variance"]?[0]?["phase"] == "weights")
        #expect(json["last"]?["start"]?["kind"] == "cold")
        #expect(StartReport([]).json["last"] == .null)
    }
}

@Suite("Variance")
struct VarianceTests {
    @Test("Is told from five starts on, above a fifth of the mean, with the phase to blame")
    func alarm() throws {
        func report(_ weights: [Double]) -> StartReport {
            StartReport(weights.enumerated().map { keptStart(weights: $1, minute: $0) })
        }
        #expect(report([100, 900, 100, 900]).variances.isEmpty)
        #expect(!report([1000, 1010, 990, 1005, 1000]).isAlarming)
        let variance = try #require(report([100, 900, 100, 900, 500]).variances.first)
        #expect(variance.isAlarming)
        #expect(variance.phase == "weights")
        #expect(abs(variance.contribution - 1) < 1e-9)
        // The deviation of the five is 400, their mean 500 and the 140 that is always the same.
        #expect(abs(variance.coefficient - 400.0 / 640) < 1e-9)
        #expect(variance.sentence.contains("vary by 62.5 % (5 starts"))
    }

    @Test("Compares what is alike: another model is no variance, nor a failure, nor a warm start")
    func groups() {
        let models = (0..<12).map { index in
            keptStart(
                weights: index % 2 == 0 ? 100 : 5000,
                minute: index,
                attributes: ["model": index % 2 == 0 ? "a" : "b"]
            )
        }
        #expect(StartReport(models).variances.map(\.coefficient) == [0, 0])
        let others = (0..<6).flatMap {
            [
                keptStart(minute: $0), keptStart(weights: 9000, minute: $0, kind: .warm),
                keptStart(weights: 1, error: "x"),
            ]
        }
        #expect(!StartReport(others).isAlarming)
    }

    @Test("Every phase that varies has its part, and the parts make the whole")
    func contributions() throws {
        let starts = (0..<20).map { index in
            keptStart(
                weights: 1000 + Double(index * 7919 % 13) * 100,
                minute: index,
                phases: [("compile", nil, 1300 + 1200, 2500 + Double(index * 104_729 % 7) * 30)]
            )
        }
        let variance = try #require(StartReport(starts).variances.first)
        #expect(variance.phase == "weights")
        #expect((0.5...1.5).contains(variance.contribution))
    }
}
