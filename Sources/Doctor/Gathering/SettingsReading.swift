public import Support

/// The settings of a process that is to be told of all mistakes at once.
///
/// A worker stops at the first. Here each variable is tried by itself, and those that would be refused are left out.
public struct SettingsReading: Sendable {
    /// What remains.
    public let settings: Settings
    /// Why the others would be refused, a sentence each.
    public let refusals: [String]

    /// - Parameter flags: by name, without dashes
    /// - Throws: where settings are refused together that are accepted each by itself
    public init(flags: [String: String] = [:], environment: [String: String]) throws(SettingsError) {
        var refusals: [String] = []
        func accepted(_ pairs: [String: String], _ settings: (String, String) throws(SettingsError) -> Settings)
            -> [String: String]
        {
            var accepted: [String: String] = [:]
            for (name, value) in pairs.sorted(by: { $0.key < $1.key }) {
                do throws(SettingsError) {
                    _ = try settings(name, value)
                    accepted[name] = value
                } catch {
                    refusals.append(error.description)
                }
            }
            return accepted
        }
        let flags = accepted(flags) { name, value throws(SettingsError) in
            try Settings(flags: [name: value], environment: [:])
        }
        let environment = accepted(environment) { name, value throws(SettingsError) in
            try Settings(environment: [name: value])
        }
        self.refusals = refusals
        settings = try Settings(flags: flags, environment: environment)
    }
}
