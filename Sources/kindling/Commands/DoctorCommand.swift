import ArgumentParser
import Doctor
import Support
import Telemetry

/// `kindling doctor`
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what is wrong with this machine before a user finds out.",
        discussion: """
            Looks at GPU and driver, memory, the stores and the models in them, the speed of the storage, the engine, \
            and all variables that a worker would read. Nothing is started, loaded or changed, and no job is taken. \
            Each finding has a name; Docs/Troubleshooting.md says more about warnings and errors.

            Exit codes: 0 nothing worse than a warning, 1 an error, 2 something could not be looked at, 3 a warning \
            with --check, 64 usage.
            """
    )

    @Flag(help: "Print one JSON object with findings and facts.") var json = false
    @Flag(help: "Do not measure the storage, which reads up to 128 MiB of each.") var quick = false
    @Flag(help: "Ask the queue's server, else the registry, whether it can be reached and what time it is.")
    var network = false
    @Flag(help: "End with exit code 3 if there is a warning.") var check = false
    @OptionGroup(title: "Settings") var flags: DoctorFlags

    func run() async throws {
        let environment = SmallFile.environment()
        let reading: SettingsReading
        do {
            reading = try SettingsReading(flags: flags.given, environment: environment)
        } catch {
            throw ValidationError(error.description)
        }
        let diagnosis = Diagnosis(await gathering(reading, environment).facts())
        let output = LogOutput.standardOutput
        if json {
            output.write("\(diagnosis.json)\n")
        } else {
            // Whoever pipes it elsewhere folds it there.
            let isTerminal = output.isTerminal
            let form = DoctorText(
                width: isTerminal ? output.columns : nil,
                isColoured: isTerminal && mayColour(environment)
            )
            output.write(form.text(diagnosis))
        }
        output.flush()
        if let status = status(diagnosis) { throw status }
    }

    private func gathering(_ reading: SettingsReading, _ environment: [String: String]) -> FactGathering {
        let settings = reading.settings
        var gathering = FactGathering(environment: environment, reading: reading)
        let preloaded = ModelNames.preloaded(settings[Catalogue.preloadModels], environment)
        gathering.models =
            (settings[Catalogue.model].map { [$0] } ?? []) + preloaded.filter { $0 != settings[Catalogue.model] }
        gathering.stateFolders = StateFolder.places(settings[Catalogue.state], environment: environment)
        gathering.findEngine = { Self.engine(settings, environment) }
        gathering.measuresDisks = !quick
        gathering.asksNetwork = network
        return gathering
    }

    private func status(_ diagnosis: Diagnosis) -> ExitCode? {
        if diagnosis.worst == .error { return ExitStatus.failed.code }
        guard diagnosis.isComplete else { return ExitStatus.environment.code }
        return check && diagnosis.worst == .warning ? ExitStatus.alarm.code : nil
    }

    private func mayColour(_ environment: [String: String]) -> Bool {
        environment["NO_COLOR"]?.isEmpty != false && environment["TERM"] != "dumb"
    }
}

/// The settings that a diagnosis depends on. Mistakes in variables are findings here, and not, as for the other
/// commands, a reason to stop.
struct DoctorFlags: SettingOptions {
    @Option(Catalogue.model) var model: SettingFlag?
    @Option(Catalogue.engine) var engine: SettingFlag?
    @Option(Catalogue.engineProgram) var engineProgram: SettingFlag?
    @Option(Catalogue.engineURL) var engineURL: SettingFlag?
    @Option(Catalogue.contextLength) var contextLength: SettingFlag?
    @Option(Catalogue.concurrency) var concurrency: SettingFlag?
    @Option(Catalogue.modelFolders) var modelFolders: SettingFlag?
    @Option(Catalogue.preloadModels) var preloadModels: SettingFlag?
    @Option(Catalogue.fit) var fit: SettingFlag?
    @Option(Catalogue.prefetch) var prefetch: SettingFlag?
    @Option(Catalogue.state) var state: SettingFlag?
}
