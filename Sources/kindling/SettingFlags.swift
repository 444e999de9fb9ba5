import ArgumentParser
import Support

/// The settings as flags. Names, help and checks come from the `Catalogue`; nothing is said twice.
struct SettingFlags: SettingOptions {
    @Option(Catalogue.model) var model: SettingFlag?
    @Option(Catalogue.engine) var engine: SettingFlag?
    @Option(Catalogue.engineProgram) var engineProgram: SettingFlag?
    // Arguments begin with dashes themselves.
    @Option(Catalogue.engineArguments, parsing: .unconditional) var engineArguments: SettingFlag?
    @Option(Catalogue.engineURL) var engineURL: SettingFlag?
    @Option(Catalogue.start) var start: SettingFlag?
    @Option(Catalogue.contextLength) var contextLength: SettingFlag?
    @Option(Catalogue.stallSeconds) var stallSeconds: SettingFlag?
    @Option(Catalogue.modelFolders) var modelFolders: SettingFlag?
    @Option(Catalogue.preloadModels) var preloadModels: SettingFlag?
    @Option(Catalogue.fit) var fit: SettingFlag?
    @Option(Catalogue.prefetch) var prefetch: SettingFlag?
    @Option(Catalogue.loadMode) var loadMode: SettingFlag?
    @Option(Catalogue.residenceSeconds) var residenceSeconds: SettingFlag?
    @Option(Catalogue.warmup) var warmup: SettingFlag?
    @Option(Catalogue.active) var active: SettingFlag?
    @Option(Catalogue.flashboot) var flashboot: SettingFlag?
    @Option(Catalogue.concurrency) var concurrency: SettingFlag?
    @Option(Catalogue.tokenCap) var tokenCap: SettingFlag?
    @Option(Catalogue.allowKeepAlive) var allowKeepAlive: SettingFlag?
    @Option(Catalogue.drainSeconds) var drainSeconds: SettingFlag?
    @Option(Catalogue.pollSeconds) var pollSeconds: SettingFlag?
    @Option(Catalogue.outboxHours) var outboxHours: SettingFlag?
    @Option(Catalogue.outboxResults) var outboxResults: SettingFlag?
    @Option(Catalogue.outboxMegabytes) var outboxMegabytes: SettingFlag?
    @Option(Catalogue.resultMegabytes) var resultMegabytes: SettingFlag?
    @Option(Catalogue.jobMegabytes) var jobMegabytes: SettingFlag?
    @Option(Catalogue.jobImages) var jobImages: SettingFlag?
    @Option(Catalogue.imageMegabytes) var imageMegabytes: SettingFlag?
    @Option(Catalogue.fetchURLs) var fetchURLs: SettingFlag?
    @Option(Catalogue.allowPrivateURLs) var allowPrivateURLs: SettingFlag?
    @Option(Catalogue.host) var host: SettingFlag?
    @Option(Catalogue.port) var port: SettingFlag?
    @Option(Catalogue.apiKeyFile) var apiKeyFile: SettingFlag?
    @Option(Catalogue.corsOrigins) var corsOrigins: SettingFlag?
    @Option(Catalogue.requestsPerMinute) var requestsPerMinute: SettingFlag?
    @Option(Catalogue.connections) var connections: SettingFlag?
    @Option(Catalogue.platform) var platform: SettingFlag?
    @Option(Catalogue.queueLength) var queueLength: SettingFlag?
    @Option(Catalogue.servedName) var servedName: SettingFlag?
    @Option(Catalogue.statusPort) var statusPort: SettingFlag?
    @Option(Catalogue.openMetrics) var openMetrics: SettingFlag?
    @Option(Catalogue.state) var state: SettingFlag?
    @Option(Catalogue.ledgerDays) var ledgerDays: SettingFlag?
    @Option(Catalogue.logLevel) var logLevel: SettingFlag?
    @Option(Catalogue.logFormat) var logFormat: SettingFlag?
    @Option(Catalogue.logContent) var logContent: SettingFlag?

    /// Checked with the command line, so that the usage shown is that of the command.
    func validate() throws {
        do {
            _ = try resolved(environment: SmallFile.environment())
        } catch {
            throw ValidationError(error.description)
        }
    }

    /// Flags and environment together, checked.
    func resolved(environment: [String: String]) throws(SettingsError) -> Settings {
        try Settings(flags: given, environment: environment)
    }
}

/// Settings as flags: all of them, or those that matter to a command.
protocol SettingOptions: ParsableArguments {}

extension SettingOptions {
    /// What was given, by the flags' names without dashes.
    var given: [String: String] {
        let given = Mirror(reflecting: self).children.compactMap { ($0.value as? Option<SettingFlag?>)?.wrappedValue }
        return Dictionary(given.map { ($0.flag, $0.text) }) { $1 }
    }
}

/// A flag's text with the name of its setting, so that all of them can be gathered without naming each again.
struct SettingFlag: Sendable {
    let flag: String
    let text: String
}

extension Option where Value == SettingFlag? {
    init<Setting: Sendable>(_ setting: Support.Setting<Setting>, parsing: SingleValueParsingStrategy = .next) {
        let setting = setting.description
        let names = ([setting.variable] + setting.aliases).joined(separator: ", ")
        let shown = setting.shownDefault.map { "; default: \($0)" } ?? ""
        self.init(
            name: .customLong(setting.flag),
            parsing: parsing,
            help: ArgumentHelp("\(setting.help) (\(setting.takes)\(shown); \(names))", valueName: "value"),
            transform: { text in
                guard setting.accepts(text) else {
                    throw ValidationError("it takes \(setting.takes)")
                }
                return SettingFlag(flag: setting.flag, text: text)
            }
        )
    }
}
