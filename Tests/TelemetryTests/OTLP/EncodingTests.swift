import ColdStart
import JSON
import Testing

@testable import Telemetry

/// Counts up: ids that a test can tell.
struct CountingGenerator: RandomNumberGenerator {
    private var last: UInt64 = 0

    mutating func next() -> UInt64 {
        last += 1
        return last
    }
}

private let clock = WallClock(instant: origin, nanoseconds: 1_700_000_000_000_000_000)

@Suite("a start as a trace")
struct TraceEncodingTests {
    private func encoded(_ timeline: Timeline, failure: String? = nil) -> JSON {
        var generator = CountingGenerator()
        let id = OTLPTraceID(using: &generator)
        return OTLPTrace(timeline: timeline, failure: failure, id: id, clock: clock)
            .request(resource: [(name: "service.name", value: "flex")], version: "1.2.3")
    }

    private func spans(_ request: JSON) -> [JSON] {
        request["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?.array ?? []
    }

    @Test("the start is the root, each phase a span below its parent")
    func tree() {
        let request = encoded(sampleStart())
        #expect(
            request["resourceSpans"]?[0]?["resource"]
                == ["attributes": [["key": "service.name", "value": ["stringValue": "flex"]]]]
        )
        #expect(
            request["resourceSpans"]?[0]?["scopeSpans"]?[0]?["scope"] == ["name": "kindling", "version": "1.2.3"]
        )
        let spans = spans(request)
        let names = spans.map { $0["name"]?.string ?? "" }
        #expect(names == ["cold start", "queue.poll", "idle", "model.load", "weights", "kv_cache", "first_token"])
        let name = Dictionary(uniqueKeysWithValues: zip(spans.map { $0["spanId"]?.string }, names))
        let parents = spans.map { $0["parentSpanId"].map { name[$0.string] ?? "?" } ?? "none" }
        #expect(
            parents
                == ["none", "cold start", "queue.poll", "cold start", "model.load", "model.load", "cold start"]
        )
        #expect(Set(spans.map { $0["traceId"] }).count == 1)
        #expect(spans.allSatisfy { $0["kind"] == 1 && $0["status"] == nil })
    }

    @Test("ids have their lengths, and the same seed gives the same trace")
    func ids() {
        let spans = spans(encoded(sampleStart()))
        for span in spans {
            #expect(span["traceId"]?.string?.wholeMatch(of: /[0-9a-f]{32}/) != nil)
            #expect(span["spanId"]?.string?.wholeMatch(of: /[0-9a-f]{16}/) != nil)
        }
        #expect(Set(spans.map { $0["spanId"] }).count == spans.count)
        #expect(encoded(sampleStart()) == encoded(sampleStart()))
        var generator = SystemRandomNumberGenerator()
        let (one, other) = (OTLPTraceID(using: &generator), OTLPTraceID(using: &generator))
        #expect(one.text != other.text && one.span(0) != other.span(0))
        #expect(Set((0..<10_000).map(one.span)).count == 10_000)
    }

    @Test("times are nanoseconds of the wall clock, as text")
    func times() {
        let weights = spans(encoded(sampleStart()))[4]
        #expect(weights["startTimeUnixNano"] == "1700000005010000000")
        #expect(weights["endTimeUnixNano"] == "1700000005360000000")
    }

    @Test("attributes keep their types")
    func attributes() {
        let spans = spans(encoded(sampleStart()))
        #expect(
            spans[4]["attributes"] == [
                ["key": "bytes", "value": ["intValue": "1000000000000"]],
                ["key": "rate", "value": ["doubleValue": 2.5]],
                ["key": "mmap", "value": ["boolValue": true]],
                ["key": "gpus", "value": ["arrayValue": ["values": [["stringValue": "a"], ["stringValue": "b"]]]]],
                ["key": "note", "value": [:]],
            ]
        )
        let root = spans[0]["attributes"]?.array?.compactMap { $0["key"]?.string } ?? []
        #expect(root == ["model", "engine", "kindling.start.kind", "kindling.start.unattributed_seconds"])
    }

    @Test("a start that failed says why, on itself and on what had not ended")
    func failure() {
        let recorder = StartRecorder(origin: origin)
        recorder.record("engine.spawn", from: at(0), to: at(10))
        _ = recorder.begin("model.load", at: at(10))
        recorder.finish(at: at(500))
        let spans = spans(encoded(recorder.snapshot(), failure: "out of memory"))
        let error: JSON = ["code": 2, "message": "out of memory"]
        #expect(spans.map { $0["status"] } == [error, nil, error])
        #expect(spans[2]["endTimeUnixNano"] == spans[0]["endTimeUnixNano"], "it lasted to the end of the start")
    }
}

@Suite("metrics as OTLP")
struct MetricsEncodingTests {
    private let metrics: [JSON] = {
        let request = OTLPMetrics.request(
            sampleRegistry().collect(),
            from: 1,
            at: 2,
            resource: [(name: "service.name", value: "flex")],
            version: "1"
        )
        return request["resourceMetrics"]?[0]?["scopeMetrics"]?[0]?["metrics"]?.array ?? []
    }()

    private func metric(_ name: String) throws -> JSON {
        try #require(metrics.first { $0["name"]?.string == name })
    }

    @Test("a counter is a cumulative sum that only grows")
    func counter() throws {
        let jobs = try metric("kindling_jobs_total")
        #expect(jobs["unit"] == "1" && jobs["description"] != nil)
        #expect(jobs["sum"]?["isMonotonic"] == true && jobs["sum"]?["aggregationTemporality"] == 2)
        let point = jobs["sum"]?["dataPoints"]?.array?.first { $0["asDouble"] == 1.0 }
        #expect(
            point == [
                "startTimeUnixNano": "1", "timeUnixNano": "2",
                "attributes": [["key": "outcome", "value": ["stringValue": "completed"]]], "asDouble": 1.0,
            ]
        )
    }

    @Test("a gauge is a gauge, with its unit")
    func gauge() throws {
        let memory = try metric("kindling_gpu_memory_bytes")
        #expect(memory["unit"] == "By")
        #expect(memory["gauge"]?["dataPoints"]?.array?.count == 2)
        #expect(try metric("process_cpu_seconds_total")["unit"] == "s")
        #expect(try metric("kindling_load_efficiency_ratio")["unit"] == "1")
    }

    @Test("a histogram has one class more than bounds, each counted for itself")
    func histogram() throws {
        let wait = try metric("kindling_queue_wait_seconds")
        #expect(wait["histogram"]?["aggregationTemporality"] == 2)
        let point = try #require(wait["histogram"]?["dataPoints"]?[0])
        #expect(point["count"] == "1" && point["sum"] == 0.012)
        let counts = point["bucketCounts"]?.array ?? []
        let bounds = point["explicitBounds"]?.array ?? []
        #expect(counts.count == bounds.count + 1)
        #expect(counts.enumerated().filter { $0.element != "0" }.map { bounds[$0.offset].double } == [0.025])
    }

    @Test(
        "what JSON cannot say has the words of Protocol Buffers",
        arguments: [
            (.nan, "NaN"), (.infinity, "Infinity"), (-.infinity, "-Infinity"),
        ] as [(Double, JSON)]
    )
    func words(value: Double, word: JSON) {
        #expect(OTLPValue.double(value) == word)
    }
}
