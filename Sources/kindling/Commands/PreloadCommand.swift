import ArgumentParser
import Engines
import HTTPTransport
import Jobs
import Logging
import Support
import Telemetry

/// `kindling preload`
struct PreloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preload",
        abstract: "Loads and warms models on the Ollama that runs at OLLAMA_HOST.",
        discussion: """
            One after the other; they stay in memory (keep_alive -1). Without names: those of OLLAMA_PRELOAD_MODELS, else \
            those of OLLAMA_MODELS. Prints the seconds that each took. Exit code 0, or 1 if one failed.
            """
    )

    @Argument(help: "The models' names.") var models: [String] = []
    @Option(help: ArgumentHelp("How long to wait for Ollama to answer.", valueName: "seconds")) var wait = 60
    @OptionGroup(title: "Settings") var flags: PreloadFlags

    func run() async throws {
        let environment = SmallFile.environment()
        let settings: Settings
        do {
            settings = try Settings(flags: flags.given, environment: environment)
        } catch {
            throw ValidationError(error.description)
        }
        let names = models.isEmpty ? ModelNames.preloaded(settings[Catalogue.preloadModels], environment) : models
        guard !names.isEmpty else {
            throw ValidationError("no models: name some, or set OLLAMA_PRELOAD_MODELS to names separated by blanks")
        }
        let preload = Preload(environment: environment, settings: settings, patience: .seconds(wait))
        guard await preload.run(names) else { throw ExitStatus.failed.code }
    }
}

/// The settings that loads on somebody else's Ollama depend on.
struct PreloadFlags: SettingOptions {
    @Option(Catalogue.contextLength) var contextLength: SettingFlag?
    @Option(Catalogue.stallSeconds) var stallSeconds: SettingFlag?
    @Option(Catalogue.preloadModels) var preloadModels: SettingFlag?
}

/// Loads models one after the other and says how long each took.
private struct Preload {
    let environment: [String: String]
    let settings: Settings
    let patience: Duration

    /// Whether all of them are in memory now.
    func run(_ names: [String]) async -> Bool {
        let http = HTTPClient(configuration: .init(userAgent: Version.userAgent, environment: environment))
        let engine = EngineSupervisor(
            configuration: EngineConfiguration(
                kind: .ollama,
                isAttachedOnly: true,
                contextLength: settings[Catalogue.contextLength],
                stallTimeout: settings[Catalogue.stallSeconds],
                environment: environment
            ),
            client: http,
            logger: Logger(label: "kindling") { _ in SwiftLogNoOpLogHandler() }
        )
        await untilReachable(http)
        let width = names.map(\.count).max() ?? 0
        var isWhole = true
        for name in names {
            let began = ContinuousClock.now
            do throws(EngineFailure) {
                _ = try await engine.ensureReady(model: name)
                let seconds = (began.duration(to: .now).fractionalMilliseconds / 100).rounded() / 10
                let padding = String(repeating: " ", count: width - name.count)
                LogOutput.standardOutput.write("\(name)\(padding)  \(seconds) s\n")
            } catch {
                LogOutput.standardError.write("kindling preload: \(name): \(error)\n")
                isWhole = false
                if error.kind == .gaveUp { break }
            }
        }
        await engine.shutdown()
        http.shutdown()
        return isWhole
    }

    /// In a compose file the server starts beside us.
    private func untilReachable(_ http: HTTPClient) async {
        let deadline = ContinuousClock.now + patience
        var request = HTTPRequest("GET", OllamaAddress(environment).url + "/api/version")
        request.usesProxy = false
        request.timeout = .seconds(5)
        while ContinuousClock.now < deadline {
            if (try? await http.fetch(request, upTo: 1 << 16))?.status == 200 { return }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }
}
