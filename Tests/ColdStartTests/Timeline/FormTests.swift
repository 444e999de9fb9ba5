import JSON
import Testing

@testable import ColdStart

@Suite("Forms of a start")
struct FormTests {
    @Test("The JSON form, byte for byte")
    func json() {
        let phases = [
            Phase("model.load", begin: at(1), end: at(9.5), attributes: ["model": "m"]),
            Phase("weights", parent: PhaseID(index: 0), begin: at(2), end: at(8.25)),
            Phase("warmup", begin: at(9.5), end: nil),
        ]
        let timeline = Timeline(
            origin: origin,
            end: at(12),
            isFinished: false,
            phases: phases,
            attributes: ["gpu": "H200"]
        )
        #expect(
            timeline.json.description == """
                {"kind":"cold","total_ms":12,"unattributed_ms":3.25,"finished":false,"attributes":{"gpu":"H200"},\
                "phases":[{"name":"model.load","parent":null,"start_ms":1,"ms":8.5,"attributes":{"model":"m"}},\
                {"name":"weights","parent":"model.load","start_ms":2,"ms":6.25,"attributes":{}},\
                {"name":"warmup","parent":null,"start_ms":9.5,"ms":2.5,"attributes":{},"running":true}],\
                "critical_path":[{"name":"weights","start_ms":2,"ms":6.25},{"name":"warmup","start_ms":9.5,"ms":2.5}]}
                """
        )
    }

    @Test("A phase's line of log")
    func phaseLine() {
        let phase = Phase("model.load", begin: at(100), end: at(912.3), attributes: ["bytes": 253_000_000, "ms": "no"])
        let line = phase.logForm(parent: "engine")
        #expect(line.message == "phase model.load 812 ms (parent engine)")
        #expect(line.fields == ["phase": "model.load", "ms": 812.3, "parent": "engine", "bytes": 253_000_000])
        #expect(phase.logForm(parent: nil).message == "phase model.load 812 ms")
        #expect(phase.logForm(parent: nil).fields["parent"] == nil)
    }

    @Test("The summary line")
    func summaryLine() {
        let start = timeline(
            [("engine.spawn", nil, 0, 38.4), ("weights", nil, 40, 100.6), ("prefetch", nil, 39.9, 90)],
            end: 101,
            kind: .cold
        )
        let line = start.logForm
        #expect(line.message == "cold start 101 ms = engine.spawn 38 + weights 61 + unattributed 2")
        #expect(line.fields["start_kind"] == "cold")
        #expect(line.fields["total_ms"] == 101)
        #expect(line.fields["unattributed_ms"] == 1.9)
        #expect(line.fields["start"] == start.json)
    }

    @Test(
        "Times for people",
        arguments: [
            (0, "0 ms"), (1, "<0.01 ms"), (5, "0.01 ms"), (40, "0.04 ms"), (994, "0.99 ms"), (995, "1.0 ms"),
            (3_140, "3.1 ms"), (9_940, "9.9 ms"),
            (9_950, "10 ms"), (811_600, "812 ms"), (999_499, "999 ms"), (999_600, "1.00 s"), (1_424_400, "1.42 s"),
            (99_940_000, "99.9 s"), (99_960_000, "100 s"), (3_600_000_000, "3600 s"),
        ]
    )
    func shortTimes(microseconds: Int, text: String) {
        #expect(TimeText.short(.microseconds(microseconds)) == text)
    }

    @Test("A start of three hundred years is no reason to crash")
    func overflow() {
        let timeline = Timeline(
            origin: origin,
            end: origin + .seconds(20_000_000_000),
            phases: [Phase("idle", begin: origin, end: nil)]
        )
        #expect(timeline.json["kind"] == "cold")
        #expect(!Waterfall(timeline).render().isEmpty)
    }
}
