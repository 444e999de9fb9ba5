import ArgumentParser
import ColdStart
import Delivery
import Engines
import Generation
import HTTPTransport
import JSON
import Jobs
import Logging
import RunPod
import ServiceLifecycle
import Support
import Telemetry
import UnixSignals
import Worker

/// What all commands are built from: this process's settings, log, engine and the timeline of its start.
///
/// Wires the rooms and decides nothing but that.
struct Host {
    let settings: Settings
    let environment: [String: String]
    let logger: Logger
    private let log: LogOutput
    let http: HTTPClient
    let start: FirstStart
    let engine: EngineSupervisor
    let measuring: Measuring
    private let records: Records
    let state: SharedState
    private let warmUp: WarmUpFile?

    /// - Parameter log: stdout for workers, stderr where stdout carries a result
    init(_ flags: SettingFlags, log: LogOutput = .standardOutput) throws {
        let environment = SmallFile.environment()
        do {
            try self.init(flags.resolved(environment: environment), environment, log: log)
        } catch let error as SettingsError {
            throw ValidationError(error.description)
        }
    }

    init(_ settings: Settings, _ environment: [String: String], log: LogOutput = .standardOutput) throws {
        self.settings = settings
        self.environment = environment
        self.log = log
        logger = Self.logger(settings, environment, log)
        http = HTTPClient(configuration: .init(userAgent: Version.userAgent, environment: environment))
        let state = SharedState(settings[Catalogue.state], environment)
        let records = Records(settings, state, logger)
        let facts = StartOrigin.facts(environment: environment)
        let measuring = Measuring(environment, age: facts.sinceThisProcess, http, logger)
        self.state = state
        self.records = records
        self.measuring = measuring
        let recording = StartRecording(
            logger: logger,
            facts: facts,
            forPeople: !log.isJSON(settings, environment),
            restarted: measuring.metrics.engineRestarted,
            initialised: records.initialised,
            started: { timeline, error in
                records.started(timeline, error: error)
                measuring.startFinished(timeline, error: error)
            }
        )
        start = recording.first
        engine = try Self.engine(settings, environment, http, recording, logger)
        do {
            // Looked at now, so that a mistake shows before any work begins.
            _ = try S3Target.named(byEnvironment: environment, now: S3Upload.timeOfDay())
            let policy = Self.policy(settings)
            warmUp = try settings[Catalogue.warmup].map { try WarmUpFile(path: $0, policy: policy) }
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The loop around one queue.
    ///
    /// - Parameters:
    ///   - platform: where the queue is; nil: all work comes over our own port
    ///   - marker: where a restore from a snapshot is remembered; nil: none is looked out for
    func worker(_ platform: Platform?, mode: StartMode, marker: RestoreMarker?) -> Worker {
        Worker(
            queue: platform.map(queue) ?? NoQueue(),
            runner: runner,
            configuration: WorkerConfiguration(
                slots: settings[Catalogue.concurrency],
                lineLength: settings[Catalogue.queueLength],
                startsEagerly: mode == .eager,
                heartbeatInterval: platform?.heartbeatInterval ?? .seconds(3600),
                drainTime: settings[Catalogue.drainSeconds],
                resultPatience: .seconds(3600 * settings[Catalogue.outboxHours]),
                backlog: Backlog.Limits(
                    results: settings[Catalogue.outboxResults],
                    bytes: settings[Catalogue.outboxMegabytes] << 20
                )
            ),
            // The local queue ends with its worker, and its jobs with both.
            outbox: platform?.isLocal ?? true ? nil : outbox,
            bigResults: bigResults,
            restores: marker.map { RestorePlan(marker: $0) },
            logger: logger
        )
    }

    private func queue(_ platform: Platform) -> any JobQueue {
        RunPodQueue(
            http: http,
            configuration: .init(
                endpoints: platform.endpoints,
                credential: platform.credential,
                version: Version.userAgent,
                pollTimeout: settings[Catalogue.pollSeconds],
                pingTimeout: platform.heartbeatInterval * 2,
                maximumJobSize: settings[Catalogue.jobMegabytes] << 20,
                usesProxy: !platform.isLocal
            )
        )
    }

    /// Where it is remembered that this worker was resumed from a snapshot. Looks for the state folder, which may be a round
    /// trip or two on a network volume: ask once.
    var restoreMarker: RestoreMarker {
        RestoreMarker(folder: StateFolder.reading(settings[Catalogue.state], environment: environment))
    }

    /// Carries single jobs.
    var runner: JobRunner {
        JobRunner(
            engine: engine,
            policy: policy,
            slots: settings[Catalogue.concurrency],
            start: start,
            preload: ModelNames.preloaded(settings[Catalogue.preloadModels], environment),
            warmUp: warmUp,
            observer: measuring.observer,
            fetchImages: images.fetch,
            logsContent: settings[Catalogue.logContent]
        )
    }

    /// What inputs are held to.
    var policy: GenerationPolicy { Self.policy(settings) }

    private static func policy(_ settings: Settings) -> GenerationPolicy {
        GenerationPolicy(
            tokenCap: settings[Catalogue.tokenCap],
            pinnedContext: settings[Catalogue.contextLength],
            allowsKeepAlive: settings[Catalogue.allowKeepAlive],
            maximumImages: settings[Catalogue.jobImages],
            maximumImageBytes: settings[Catalogue.imageMegabytes] << 20,
            maximumInputBytes: settings[Catalogue.jobMegabytes] << 20,
            fetchesURLs: settings[Catalogue.fetchURLs],
            servedNames: Set(ModelNames.split(settings[Catalogue.servedName] ?? ""))
        )
    }

    /// Runs services until they end or a signal asks them to; the later ones are asked first.
    ///
    /// - Parameter hurry: what a second Ctrl-C does; whoever presses it twice does not want to wait for the drain
    func run(_ services: [any Service], onSecondInterrupt hurry: @escaping @Sendable () async -> Void = {}) async throws
    {
        let group = ServiceGroup(
            configuration: .init(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                },
                gracefulShutdownSignals: [.sigterm],
                logger: quietLogger
            )
        )
        defer { log.flush() }
        let figures = Task { await measuring.run() }
        defer { figures.cancel() }
        let interrupts = await UnixSignalsSequence(trapping: .sigint)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                var isFirst = true
                for await _ in interrupts {
                    if isFirst { await group.triggerGracefulShutdown() } else { await hurry() }
                    isFirst = false
                }
            }
            defer { tasks.cancelAll() }
            try await group.run()
        }
        await records.flush()
        if measuring.exporter.isOn { await measuring.exporter.flush() }
    }

    /// The lifecycle library narrates its states at debug and below; at info they are ours to say.
    private var quietLogger: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    private static func logger(_ settings: Settings, _ environment: [String: String], _ output: LogOutput) -> Logger {
        let form: LineHandler.Form = output.isJSON(settings, environment) ? .json : .text
        let threshold = settings[Catalogue.logLevel]
        return Logger(label: "kindling") { _ in
            guard let level = Logger.Level(threshold) else { return SwiftLogNoOpLogHandler() }
            return LineHandler(form: form, level: level, output: output)
        }
    }

    private static func engine(
        _ settings: Settings,
        _ environment: [String: String],
        _ http: HTTPClient,
        _ recording: StartRecording,
        _ logger: Logger
    ) throws -> EngineSupervisor {
        let configuration = EngineConfiguration(
            kind: EngineKind(settings[Catalogue.engine]),
            isDirect: settings[Catalogue.engine] == .direct,
            program: settings[Catalogue.engineProgram],
            arguments: try ArgumentList.split(settings[Catalogue.engineArguments] ?? ""),
            url: settings[Catalogue.engineURL],
            model: settings[Catalogue.model],
            contextLength: settings[Catalogue.contextLength],
            slots: settings[Catalogue.concurrency],
            stallTimeout: settings[Catalogue.stallSeconds],
            modelFolders: settings[Catalogue.modelFolders]?.split(separator: ":").map(String.init),
            preloadModels: ModelNames.preloaded(settings[Catalogue.preloadModels], environment),
            fit: settings[Catalogue.fit],
            prefetch: settings[Catalogue.prefetch],
            loadMode: settings[Catalogue.loadMode],
            residence: settings[Catalogue.residenceSeconds],
            environment: EngineSecrets.removed(from: environment),
            recordFolder: settings[Catalogue.state]
        )
        return EngineSupervisor(
            configuration: configuration,
            client: http,
            logger: logger,
            startLog: recording.engineStarts
        )
    }
}

extension LogOutput {
    /// JSON on the platform, which filters by fields; text where people read.
    fileprivate func isJSON(_ settings: Settings, _ environment: [String: String]) -> Bool {
        switch settings[Catalogue.logFormat] {
        case .json: true
        case .text: false
        case .auto: Platform.isPresent(in: environment)
        }
    }
}

extension Logger.Level {
    fileprivate init?(_ threshold: LogThreshold) {
        switch threshold {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .warning: self = .warning
        case .error: self = .error
        case .off: return nil
        }
    }
}

extension EngineKind {
    fileprivate init?(_ name: EngineName) {
        switch name {
        case .auto: return nil
        case .ollama: self = .ollama
        case .llamaServer, .direct: self = .llamaServer
        case .openai: self = .openAI
        }
    }
}
