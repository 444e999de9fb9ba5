import CoreMetrics
import HTTPTransport
import JSON
import Logging
import Support
import TestSupport
import Testing

@testable import Telemetry

/// A collector that keeps what it is sent.
private final class Collector: Sendable {
    typealias Handler = @Sendable (_ number: Int, TestServer.Request, TestServer.Connection) throws -> Void

    private let server: TestServer
    private let seen: Lock<[TestServer.Request]>

    /// - Parameter answer: gets each request with its number, from 1; by default 200
    init(answer: @escaping Handler = { try $2.respond(200, json: "{}") }) throws {
        let seen = Lock<[TestServer.Request]>([])
        self.seen = seen
        server = try TestServer { request, connection in
            let number = seen.withLock { seen in
                seen.append(request)
                return seen.count
            }
            try answer(number, request, connection)
        }
    }

    var url: String { server.url }
    var paths: [String] { seen.withLock { $0.map(\.path) } }
    var requests: [TestServer.Request] { seen.withLock { $0 } }
    var traces: [String] { requests.filter { $0.path == "/v1/traces" }.map(\.text) }

    func stop() { server.stop() }
}

/// An exporter with a short temper, and what it logs.
private struct Bench {
    let log = LogPages()
    let registry = MetricRegistry()
    let client = HTTPClient()
    let exporter: OTLPExporter

    init(_ url: String, _ variables: [String: String] = [:]) {
        var environment = variables
        environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = url
        exporter = OTLPExporter(
            OTLPConfiguration(environment: environment),
            registry,
            version: "1",
            client: client,
            logger: log.logger,
            backoff: Backoff(from: .milliseconds(5), to: .milliseconds(20))
        )
    }
}

/// What was logged, one entry a line.
private final class LogPages: Sendable {
    private struct Handler: LogHandler {
        let pages: Lock<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { pages.withLock { $0.append("\(event.level): \(event.message)") } }
    }

    private let pages = Lock<[String]>([])

    var lines: [String] { pages.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(pages: pages) } }
}

@Suite("the push to a collector", .timeLimit(.minutes(2)))
struct ExporterTests {
    @Test("a start's trace and the metrics arrive, each at its place, with the headers")
    func arrival() async throws {
        let collector = try Collector()
        defer { collector.stop() }
        let bench = Bench(collector.url, ["OTEL_EXPORTER_OTLP_HEADERS": "api-key=s%20ecret"])
        Counter(label: "jobs_total", factory: bench.registry).increment(by: 4)
        bench.exporter.startFinished(sampleStart())
        await bench.exporter.flush(within: .seconds(60))

        #expect(Set(collector.paths) == ["/v1/traces", "/v1/metrics"])
        for request in collector.requests {
            #expect(request.method == "POST")
            #expect(request.header("Content-Type") == "application/json")
            #expect(request.header("api-key") == "s ecret")
        }
        let trace = try JSON(parsing: try #require(collector.traces.first))
        #expect(trace["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?.array?.count == 7)
        let last = try #require(collector.requests.last { $0.path == "/v1/metrics" })
        let metrics = try JSON(parsing: last.body)["resourceMetrics"]?[0]?["scopeMetrics"]?[0]?["metrics"]
        #expect(metrics?[0]?["sum"]?["dataPoints"]?[0]?["asDouble"] == 4.0)
        #expect(bench.log.lines.isEmpty)
    }

    @Test("without an endpoint nothing is done")
    func off() async {
        let bench = Bench("")
        bench.exporter.startFinished(sampleStart())
        await bench.exporter.flush(within: .seconds(60))
        #expect(!bench.exporter.isOn)
    }

    @Test("a collector that is busy gets the same trace again, and the next one after it")
    func busy() async throws {
        let collector = try Collector { number, _, connection in
            try number < 4
                ? connection.respond(503, headers: [("Retry-After", "0")]) : connection.respond(200, json: "{}")
        }
        defer { collector.stop() }
        let bench = Bench(collector.url, ["OTEL_METRICS_EXPORTER": "none"])
        bench.exporter.startFinished(sampleStart())
        bench.exporter.startFinished(sampleStart(kind: .restored))
        await bench.exporter.flush(within: .seconds(60))

        let traces = collector.traces
        #expect(traces.count == 5)
        #expect(Set(traces.prefix(4)).count == 1)
        #expect(traces.last?.contains("restored start") == true)
        #expect(bench.log.lines.count == 2, "\(bench.log.lines)")
        #expect(bench.log.lines.first?.contains("503") == true)
        #expect(bench.log.lines.last?.contains("again") == true)
    }

    @Test("a collector that is not there is told of once, without what may be secret")
    func refused() async throws {
        let port = try ReservedPort()
        let bench = Bench("http://user:secret@127.0.0.1:\(port.number)", ["OTEL_METRICS_EXPORTER": "none"])
        for _ in 0..<40 { bench.exporter.startFinished(sampleStart()) }
        #expect(await eventually { !bench.log.lines.isEmpty })
        await bench.exporter.flush(within: .milliseconds(300))
        #expect(bench.log.lines.count == 2, "\(bench.log.lines)")
        #expect(bench.log.lines.first?.contains("http://127.0.0.1:\(port.number)/v1/traces") == true)
        #expect(bench.log.lines.last?.contains("lost") == true)
        #expect(!bench.log.lines.joined().contains("secret"))
    }

    @Test("a collector that never answers holds up the end of the program for the time allowed, and no start")
    func hang() async throws {
        let collector = try Collector { _, _, connection in connection.waitUntilPeerGone() }
        defer { collector.stop() }
        let bench = Bench(collector.url)
        bench.exporter.startFinished(sampleStart())
        let begin = ContinuousClock.now
        await bench.exporter.flush(within: .milliseconds(200))
        #expect(begin.duration(to: .now) < .seconds(30))
        #expect(bench.log.lines.filter { $0.contains("in time") }.count == 2)
        bench.exporter.startFinished(sampleStart())
        #expect(collector.paths.count <= 2, "after the end nothing is taken")
    }

    @Test("an attempt that takes longer than the standard's timeout is made again")
    func timeout() async throws {
        let collector = try Collector { number, _, connection in
            if number == 1 { connection.waitUntilPeerGone() } else { try connection.respond(200, json: "{}") }
        }
        defer { collector.stop() }
        let bench = Bench(
            collector.url,
            ["OTEL_METRICS_EXPORTER": "none", "OTEL_EXPORTER_OTLP_TIMEOUT": "100"]
        )
        bench.exporter.startFinished(sampleStart())
        #expect(await eventually { collector.paths.count == 2 })
        await bench.exporter.flush(within: .seconds(60))
        #expect(bench.log.lines.last?.contains("again") == true)
    }

    @Test("a trace that is refused is not sent again")
    func badRequest() async throws {
        let collector = try Collector { try $2.respond(400, json: #"{"message":"no spans wanted"}"#) }
        defer { collector.stop() }
        let bench = Bench(collector.url, ["OTEL_METRICS_EXPORTER": "none"])
        bench.exporter.startFinished(sampleStart())
        await bench.exporter.flush(within: .seconds(60))
        #expect(collector.paths == ["/v1/traces"])
        #expect(bench.log.lines.count == 1 && bench.log.lines[0].contains("no spans wanted"))
    }

    @Test("an answer without an end does not keep what was taken from being taken")
    func endlessAnswer() async throws {
        let collector = try Collector { _, _, connection in
            try connection.beginChunked(200)
            while true { try connection.chunk([UInt8](repeating: UInt8(ascii: "x"), count: 64 * 1024)) }
        }
        defer { collector.stop() }
        let bench = Bench(collector.url, ["OTEL_METRICS_EXPORTER": "none"])
        bench.exporter.startFinished(sampleStart())
        await bench.exporter.flush(within: .seconds(60))
        #expect(collector.paths.count == 1)
        #expect(bench.log.lines.isEmpty, "\(bench.log.lines)")
    }

    @Test("metrics go out at their interval, too")
    func interval() async throws {
        let collector = try Collector()
        defer { collector.stop() }
        let bench = Bench(collector.url, ["OTEL_METRIC_EXPORT_INTERVAL": "10"])
        let run = Task { await bench.exporter.run() }
        #expect(await eventually { collector.paths.count >= 3 })
        run.cancel()
        await run.value
        #expect(Set(collector.paths) == ["/v1/metrics"])
    }
}
