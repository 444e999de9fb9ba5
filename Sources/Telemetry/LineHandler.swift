public import Logging
import Support

/// Log lines as the platform reads them (JSON), or as people do (text): one line an event, whatever is in it.
public struct LineHandler: LogHandler {
    /// How lines look.
    public enum Form: Sendable {
        /// `{"requestId":…,"message":…,"level":…,"time":…,…}`: the platform filters by the first.
        case json
        /// `INFO   | job | message  key=value …`.
        case text
    }

    /// The metadata key that carries a job's id.
    public static let jobKey = "requestId"

    /// What every line of this logger carries.
    public var metadata: Logger.Metadata = [:]
    /// What a task adds to its lines.
    public var metadataProvider: Logger.MetadataProvider?
    /// The least level that is logged.
    public var logLevel: Logger.Level
    private let form: Form
    private let hasColour: Bool
    private let output: LogOutput
    private let clock: @Sendable () -> UTCTime

    /// A handler of lines from `level` on.
    ///
    /// - Parameter colour: whether text is coloured; nil: if a person looks at it
    public init(
        form: Form,
        level: Logger.Level,
        output: LogOutput = .standardOutput,
        colour: Bool? = nil
    ) {
        self.init(form: form, level: level, output: output, colour: colour ?? output.isTerminal, clock: { .now })
    }

    init(
        form: Form,
        level: Logger.Level,
        output: LogOutput,
        colour: Bool = false,
        clock: @escaping @Sendable () -> UTCTime
    ) {
        self.form = form
        logLevel = level
        self.output = output
        hasColour = colour
        self.clock = clock
    }

    /// What every line of this logger carries under `key`.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes the event as one line. The event's own metadata wins over the logger's, and both over the task's.
    public func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { own, _ in own } }
        if let own = event.metadata { fields.merge(own) { $1 } }
        if let error = event.error, fields["error"] == nil { fields["error"] = "\(error)" }
        write(event.level, event.message.description, fields)
        let lost = output.takeLost()
        if lost > 0 { write(.warning, "\(lost) log lines were lost: nobody read them in time", [:]) }
    }

    private func write(_ level: Logger.Level, _ message: String, _ fields: Logger.Metadata) {
        let line = LogLine(level: level, message: message, metadata: fields)
        switch form {
        case .json: output.write(line.json(at: clock()))
        case .text: output.write(line.text(isColoured: hasColour))
        }
    }
}
