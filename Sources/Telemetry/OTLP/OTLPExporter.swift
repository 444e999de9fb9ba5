public import ColdStart
public import HTTPTransport
public import Logging
import Support

/// Pushes the trace of each start, and metrics, to an OpenTelemetry collector: a worker that scales to zero is gone before
/// anybody could scrape it.
///
/// Nothing waits for it but a program's end, and that for two seconds: a start is handed over in a moment and travels on
/// its own.
public struct OTLPExporter: Sendable {
    private let configuration: OTLPConfiguration
    private let registry: MetricRegistry
    private let version: String
    private let traces: SignalExporter?
    private let metrics: SignalExporter?
    /// Since when counters count.
    private let begin: Int

    /// So many starts are kept while the collector is away. A worker has one, or a few if its engine crashes.
    private static let keptTraces = 32

    /// - Parameters:
    ///   - registry: what metrics are read from
    ///   - version: of this program
    public init(
        configuration: OTLPConfiguration,
        registry: MetricRegistry,
        version: String,
        client: HTTPClient,
        logger: Logger
    ) {
        self.init(
            configuration,
            registry,
            version: version,
            client: client,
            logger: logger,
            backoff: Backoff(from: .seconds(1), to: .seconds(30))
        )
    }

    init(
        _ configuration: OTLPConfiguration,
        _ registry: MetricRegistry,
        version: String,
        client: HTTPClient,
        logger: Logger,
        backoff: Backoff
    ) {
        self.configuration = configuration
        self.registry = registry
        self.version = version
        begin = WallClock.now.nanoseconds(at: .now)
        func exporter(_ what: String, _ destination: OTLPConfiguration.Destination?, keeping: Int) -> SignalExporter? {
            let lane = ExportLane<SignalExporter.Report>(capacity: keeping, backoff: backoff)
            return destination.map { SignalExporter(what, to: $0, lane: lane, client: client, logger: logger) }
        }
        traces = exporter("traces", configuration.traces, keeping: Self.keptTraces)
        metrics = exporter("metrics", configuration.metrics, keeping: 1)
        for warning in configuration.warnings { logger.warning("\(warning)") }
    }

    /// Whether anything goes anywhere.
    public var isOn: Bool { traces != nil || metrics != nil }

    /// A start is over: its trace goes out, and with it the metrics. Returns at once; the writing is done elsewhere.
    ///
    /// - Parameter failure: why it failed; nil: it did not
    public func startFinished(_ timeline: Timeline, failure: String? = nil) {
        if let traces {
            var generator = SystemRandomNumberGenerator()
            let id = OTLPTraceID(using: &generator)
            let trace = OTLPTrace(timeline: timeline, failure: failure, id: id, clock: .now)
            traces.offer { [configuration, version] in
                trace.request(resource: configuration.resource, version: version).bytes
            }
        }
        pushMetrics()
    }

    /// Pushes metrics at their interval until cancelled.
    public func run() async {
        guard metrics != nil else { return }
        while (try? await Task.sleep(for: configuration.metricsInterval)) != nil { pushMetrics() }
    }

    /// Pushes the metrics as they stand and waits until everything has arrived, but not longer than `limit`: for the end
    /// of a program. What has not arrived by then is given up, and nothing is taken any more.
    public func flush(within limit: Duration = .seconds(2)) async {
        pushMetrics()
        let exporters = [traces, metrics].compactMap(\.self)
        await withTaskGroup { group in
            group.addTask {
                await withTaskGroup { drains in
                    for exporter in exporters { drains.addTask { await exporter.drain() } }
                }
            }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            // Which also ends the drains that still wait.
            for exporter in exporters { exporter.stop() }
            group.cancelAll()
        }
    }

    private func pushMetrics() {
        metrics?.offer { [registry, configuration, version, begin] in
            OTLPMetrics.request(
                registry.collect(),
                from: begin,
                at: WallClock.now.nanoseconds(at: .now),
                resource: configuration.resource,
                version: version
            ).bytes
        }
    }
}
