/// One setting: a flag, an environment variable, what it takes, its default and its help, in one place.
///
/// Command line, environment, help text and docs are all drawn from these.
public struct Setting<Value: Sendable>: Sendable {
    /// What can be said of it without knowing its type.
    public let description: SettingDescription
    /// Its value when nobody sets it.
    public let fallback: Value
    private let parse: @Sendable (String) -> Value?

    init(
        _ flag: String,
        _ help: String,
        group: SettingDescription.Group,
        takes: String,
        default shown: String?,
        aliases: [String] = [],
        isSecret: Bool = false,
        fallback: Value,
        parse: @escaping @Sendable (String) -> Value?
    ) {
        description = SettingDescription(
            flag: flag,
            variable: "KINDLING_" + flag.uppercased().replacing("-", with: "_"),
            aliases: aliases,
            takes: takes,
            shownDefault: shown,
            help: help,
            isSecret: isSecret,
            group: group,
            accepts: { parse($0) != nil }
        )
        self.fallback = fallback
        self.parse = parse
    }

    func value(of text: String) -> Value? { parse(text) }
}

/// A setting as help and documentation see it.
public struct SettingDescription: Sendable {
    /// Which part of the work a setting belongs to.
    public enum Group: String, Sendable, CaseIterable {
        /// The engine and its model.
        case engine = "Engine"
        /// Models on disk and in memory.
        case models = "Models"
        /// Jobs and the queue.
        case jobs = "Jobs"
        /// The HTTP port.
        case server = "Server"
        /// What is kept.
        case records = "Records"
        /// What is said.
        case log = "Log"
    }

    /// Without the two dashes: `engine-program`.
    public let flag: String
    /// `KINDLING_ENGINE_PROGRAM`.
    public let variable: String
    /// Other variables with the same meaning, asked in this order after ours.
    public let aliases: [String]
    /// What it takes, for help and errors: "seconds, 0 to 3600".
    public let takes: String
    /// The default for a reader; nil: none.
    public let shownDefault: String?
    /// One sentence.
    public let help: String
    /// It has no flag: arguments of a process can be read by everybody on the machine.
    public let isSecret: Bool
    /// Where it stands in the help.
    public let group: Group
    /// Whether a text is a value of this setting.
    public let accepts: @Sendable (String) -> Bool
}

extension Setting where Value == String? {
    static func text(
        _ flag: String,
        _ help: String,
        group: SettingDescription.Group,
        takes: String,
        shown: String? = nil,
        aliases: [String] = [],
        isSecret: Bool = false
    ) -> Setting {
        Setting(
            flag,
            help,
            group: group,
            takes: takes,
            default: shown,
            aliases: aliases,
            isSecret: isSecret,
            fallback: nil,
            parse: { .some($0) }
        )
    }
}

extension Setting where Value == Int {
    static func integer(
        _ flag: String,
        _ help: String,
        group: SettingDescription.Group,
        in range: ClosedRange<Int>,
        default fallback: Int,
        unit: String = "a whole number",
        aliases: [String] = []
    ) -> Setting {
        Setting(
            flag,
            help,
            group: group,
            takes: "\(unit), \(range.lowerBound) to \(range.upperBound)",
            default: String(fallback),
            aliases: aliases,
            fallback: fallback,
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } }
        )
    }
}

extension Setting where Value == Duration {
    static func seconds(
        _ flag: String,
        _ help: String,
        group: SettingDescription.Group,
        in range: ClosedRange<Int>,
        default fallback: Int
    ) -> Setting {
        Setting(
            flag,
            help,
            group: group,
            takes: "seconds, \(range.lowerBound) to \(range.upperBound)",
            default: String(fallback),
            fallback: .seconds(fallback),
            parse: { text in
                guard let value = Double(text), Double(range.lowerBound) <= value, value <= Double(range.upperBound)
                else { return nil }
                return .seconds(value)
            }
        )
    }
}

extension Setting where Value == Bool {
    static func toggle(
        _ flag: String,
        _ help: String,
        group: SettingDescription.Group,
        aliases: [String] = []
    ) -> Setting {
        Setting(
            flag,
            help,
            group: group,
            takes: "1 or 0 (also true, false, yes, no, on, off)",
            default: "0",
            aliases: aliases,
            fallback: false,
            parse: { text in
                switch text.lowercased() {
                case "1", "true", "yes", "on": true
                case "0", "false", "no", "off": false
                default: nil
                }
            }
        )
    }
}

extension Setting where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    static func choice(
        _ flag: String,
        _ help: String,
        group: SettingDescription.Group,
        default fallback: Value,
        aliases: [String] = [],
        also parse: @escaping @Sendable (String) -> Value? = { _ in nil }
    ) -> Setting {
        Setting(
            flag,
            help,
            group: group,
            takes: Value.allCases.map(\.rawValue).joined(separator: ", "),
            default: fallback.rawValue,
            aliases: aliases,
            fallback: fallback,
            parse: { Value(rawValue: $0.lowercased()) ?? parse($0) }
        )
    }
}
