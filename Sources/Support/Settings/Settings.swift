/// The settings of this process: flags before environment before defaults.
public struct Settings: Sendable {
    private let texts: [String: String]

    /// Reads and checks everything at once, so that a mistake shows before any work begins.
    ///
    /// - Parameters:
    ///   - flags: by flag name, without dashes
    ///   - environment: the whole environment; what is not ours is passed over
    public init(flags: [String: String] = [:], environment: [String: String]) throws(SettingsError) {
        var texts: [String: String] = [:]
        for setting in Catalogue.all {
            guard let (source, text) = Self.find(setting, flags, environment) else { continue }
            guard setting.accepts(text) else {
                throw SettingsError("\(source) is \"\(text)\", but it takes \(setting.takes)")
            }
            texts[setting.flag] = text
        }
        try Self.refuseUnknown(in: environment)
        self.texts = texts
    }

    /// The value of a setting.
    public subscript<Value>(setting: Setting<Value>) -> Value {
        texts[setting.description.flag].flatMap(setting.value) ?? setting.fallback
    }

    /// Whether somebody set it.
    public func isSet<Value>(_ setting: Setting<Value>) -> Bool {
        texts[setting.description.flag] != nil
    }

    private static func find(
        _ setting: SettingDescription,
        _ flags: [String: String],
        _ environment: [String: String]
    ) -> (source: String, text: String)? {
        if let text = flags[setting.flag] { return ("--\(setting.flag)", text) }
        for variable in [setting.variable] + setting.aliases {
            // An empty variable is one that a form or a compose file left blank.
            guard let text = environment[variable], !text.isEmpty else { continue }
            if ServiceLink.isOne(variable, text) { continue }
            // Names of others are honoured where they mean something here, and are none of our business where not.
            if variable != setting.variable, !setting.accepts(text) { continue }
            return (variable, text)
        }
        return nil
    }

    private static func refuseUnknown(in environment: [String: String]) throws(SettingsError) {
        let known = Set(Catalogue.all.map(\.variable))
        for (name, value) in environment.sorted(by: { $0.key < $1.key })
        where name.hasPrefix("KINDLING_") && name != SettingsError.ownerMarker && !known.contains(name) {
            if ServiceLink.isOne(name, value) { continue }
            let hint = nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
            throw SettingsError("\(name) is not a setting\(hint) (kindling worker --help lists them all)")
        }
    }

    /// A name that differs in no more than a third of its letters, the common prefix not counted.
    private static func nearest(to name: String, among known: Set<String>) -> String? {
        let limit = (name.count - "KINDLING_".count) / 3
        let nearest = known.min { ($0.distance(to: name), $0) < ($1.distance(to: name), $1) }
        return nearest.flatMap { $0.distance(to: name) <= limit ? $0 : nil }
    }
}

/// A setting that is unknown or malformed. Ends the program with exit code 64.
public struct SettingsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Set by ourselves on the engine's processes, and so on a worker that one of them should start.
    static let ownerMarker = "KINDLING_OWNER"

    /// Names the setting and what it takes.
    public let description: String

    /// - Parameter description: names the setting and what it takes
    public init(_ description: String) {
        self.description = description
    }
}

/// Variables that Kubernetes puts into every pod for a service that happens to be called kindling.
enum ServiceLink {
    static func isOne(_ name: String, _ value: String) -> Bool {
        guard name.hasPrefix("KINDLING_") else { return false }
        if name.hasSuffix("_SERVICE_HOST") || name.contains("_SERVICE_PORT") { return true }
        if name.hasSuffix("_PORT") { return value.contains("://") }
        return name.contains(/_PORT_[0-9]+_(TCP|UDP|SCTP)/)
    }
}

extension String {
    /// Edit distance, for "did you mean".
    func distance(to other: String) -> Int {
        let a = Array(utf8), b = Array(other.utf8)
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let substitution = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(substitution, diagonal + 1, row[j] + 1)
            }
        }
        return row[b.count]
    }
}
