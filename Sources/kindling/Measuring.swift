import ColdStart
import HTTPTransport
import Logging
import Machine
import Processes
import Support
import Telemetry
import Worker

/// The figures of this process: kept for whoever asks (`/metrics`), pushed where the environment says (OTLP).
struct Measuring: Sendable {
    let metrics: WorkerMetrics
    let exporter: OTLPExporter
    private let registry: MetricRegistry
    private let path: String?

    /// - Parameter age: how long ago this process started
    init(_ environment: [String: String], age: Duration?, _ http: HTTPClient, _ logger: Logger) {
        registry = MetricRegistry(describing: WorkerMetrics.descriptions)
        metrics = WorkerMetrics(factory: registry)
        path = environment["PATH"]
        let process = ProcessMetrics(age: age)
        registry.add { process.families() }
        exporter = OTLPExporter(
            configuration: OTLPConfiguration(environment: environment),
            registry: registry,
            version: Version.number,
            client: http,
            logger: logger
        )
    }

    /// The page for Prometheus.
    var page: @Sendable () -> String {
        { [registry] in PrometheusText.page(of: registry.collect()) }
    }

    /// What the worker tells of its jobs.
    var observer: JobObserver {
        JobObserver(
            jobEnded: { [metrics] report in
                metrics.jobEnded(WorkerMetrics.JobOutcome(report.outcome), queueWait: report.queueWait)
            },
            generationEnded: { [metrics] report in
                metrics.generationEnded(
                    promptTokens: report.promptTokens,
                    completionTokens: report.completionTokens,
                    timeToFirstToken: report.timeToFirstToken,
                    tokensPerSecond: report.tokensPerSecond
                )
            },
            slotsChanged: { [metrics] busy, free, waiting in
                metrics.slotsChanged(busy: busy, free: free, waiting: waiting)
            },
            resultsWaiting: { [metrics] count in metrics.outboxHolds(count) },
            resultRejected: { [metrics] in metrics.resultRejected() }
        )
    }

    /// Looks at the GPUs and pushes what is to be pushed, until cancelled.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await exporter.run() }
            group.addTask { await watchGPUs() }
        }
    }

    /// A look takes the driver some 50 ms of a core: often enough for a dashboard, seldom enough to cost nothing. The first
    /// comes late, for at the beginning the driver is busy with the engine's start.
    private func watchGPUs() async {
        guard let nvidiaSMI = await onOwnThread({ [path] in Executable.find("nvidia-smi", path: path) }) else { return }
        while (try? await Task.sleep(for: .seconds(15))) != nil {
            for gpu in await GPUFacts.read(nvidiaSMI: nvidiaSMI, asksCUDA: false).gpus {
                metrics.gpuSampled(
                    "\(gpu.index)",
                    usedBytes: gpu.memoryUsed,
                    freeBytes: gpu.memoryFree,
                    utilisation: gpu.utilisation
                )
            }
        }
    }

    /// Which engine it is, as soon as that is known.
    func describe(engine: String) {
        metrics.describeBuild([("version", Version.number), ("engine", engine)])
    }

    /// A start is over.
    func startFinished(_ timeline: Timeline, error: String? = nil) {
        metrics.startFinished(timeline, failed: error != nil)
        if let floor = Floor(of: timeline), error == nil {
            metrics.modelLoaded(bytes: floor.bytes, efficiency: timeline.loadTime.flatMap(floor.efficiency))
        }
        exporter.startFinished(timeline, failure: error)
    }
}

extension WorkerMetrics.JobOutcome {
    fileprivate init(_ outcome: JobReport.Outcome) {
        switch outcome {
        case .completed: self = .completed
        case .failed: self = .failed
        case .refused: self = .refused
        case .cancelled: self = .cancelled
        }
    }
}
