import Logging

/// Hands on every message of a level and above.
struct MessageCollector: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    let collect: @Sendable (String) -> Void

    init(from level: Logger.Level = .notice, _ collect: @escaping @Sendable (String) -> Void) {
        logLevel = level
        self.collect = collect
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        collect("\(event.message)")
    }
}
