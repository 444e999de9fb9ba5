import ArgumentParser
import Support
import Telemetry
import Worker

/// `kindling worker`
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Takes jobs from the queue that the RUNPOD_* variables name.",
        discussion: """
            Given by the platform: RUNPOD_WEBHOOK_GET_JOB, RUNPOD_WEBHOOK_POST_OUTPUT, RUNPOD_WEBHOOK_POST_STREAM, \
            RUNPOD_WEBHOOK_PING, RUNPOD_PING_INTERVAL, RUNPOD_AI_API_KEY, RUNPOD_POD_ID, RUNPOD_ENDPOINT_ID. \
            Without RUNPOD_WEBHOOK_GET_JOB it behaves as serve. A status port (--status-port) answers health checks.

            SIGTERM and SIGINT drain: nothing more is taken, what runs is finished or answered, the engine is ended. A \
            second SIGINT ends the wait.

            Each setting is a flag and an environment variable; the flag wins. OLLAMA_* variables keep Ollama's meaning.
            """
    )

    @OptionGroup(title: "Settings") var flags: SettingFlags
    @Option(
        name: .customLong("test_input"),
        help: ArgumentHelp("Run this one job instead, as run does.", valueName: "json")
    )
    var testInput: String?

    func run() async throws {
        if let testInput { return try await OneJob(input: testInput, flags: flags).run() }
        try await Self.run(Host(flags))
    }

    static func run(_ host: Host) async throws {
        let platform: Platform?
        do {
            platform = try Platform(environment: host.environment)
        } catch {
            throw ValidationError(error.description)
        }
        guard let platform else {
            host.logger.info("RUNPOD_WEBHOOK_GET_JOB is not set: this serves its own port, as with serve")
            return try await Server(host: host, place: ServingPlace(host)).run()
        }
        try await QueueWorker(host: host, platform: platform).run()
    }
}

extension WorkerCommand {
    /// The settings of a bare `kindling worker`, which is what containers run. Nil: the command line says more, or the
    /// environment is wrong, which the parser can say best.
    ///
    /// It is the one command whose start somebody waits for, and building the parser's tree of commands and flags took
    /// 4.5 of its 18 ms.
    static func bareSettings(_ arguments: [String], _ environment: [String: String]) -> Settings? {
        guard arguments.dropFirst().elementsEqual(["worker"]) else { return nil }
        return try? Settings(environment: environment)
    }
}

extension Host {
    /// `auto` resolved, with the reason in the log.
    ///
    /// - Parameter marker: remembers a restore; nil: no platform takes snapshots of this worker
    func startMode(marker: RestoreMarker? = nil) -> StartMode {
        switch settings[Catalogue.start] {
        case .eager: return .eager
        case .lazy: return .lazy
        case .auto:
            let choice = StartChoice.decide(
                StartChoice.Facts(
                    isSnapshotted: settings[Catalogue.flashboot],
                    isAlwaysOn: settings[Catalogue.active],
                    wasRestored: marker?.isSet ?? false
                )
            )
            logger.info("start: \(choice.mode.rawValue) (auto), since \(choice.reason)")
            return choice.mode
        }
    }
}
