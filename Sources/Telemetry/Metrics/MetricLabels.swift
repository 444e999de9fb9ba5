/// The labels that tell one series of a metric from its siblings: valid names, each once, in their order.
///
/// Values may be anything, since whoever writes them escapes them. Names cannot be escaped, so they are made valid.
public struct MetricLabels: Sendable, Hashable {
    /// A label.
    public struct Label: Sendable, Hashable {
        /// Letters, digits and underscores, no digit first.
        public let name: String
        /// Any text.
        public let value: String
    }

    /// In the order of their names.
    public let all: [Label]

    /// Of two values for one name the later counts.
    public init(_ pairs: [(String, String)] = []) {
        let byName = Dictionary(pairs.map { (Self.valid(Self.unreserved($0.0)), $0.1) }) { $1 }
        all = byName.sorted { $0.key < $1.key }.map { Label(name: $0.key, value: $0.value) }
    }

    /// What stands for all label sets beyond a metric's limit.
    var other: MetricLabels { MetricLabels(all.map { ($0.name, "other") }) }

    /// Prometheus keeps names with two underscores in front for itself, and `le` for the bounds of histograms.
    private static func unreserved(_ name: String) -> String {
        name == "le" || name.hasPrefix("__") ? "exported_\(name)" : name
    }

    /// Everything but letters, digits and what is allowed besides becomes an underscore.
    static func valid(_ name: String, allowing extra: String = "") -> String {
        let valid = String(
            name.unicodeScalars.map { scalar -> Character in
                let isValid = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                return isValid || extra.unicodeScalars.contains(scalar) ? Character(scalar) : "_"
            }
        )
        let startsWell = valid.first.map { !$0.isNumber } ?? false
        return startsWell ? valid : "_\(valid)"
    }
}
