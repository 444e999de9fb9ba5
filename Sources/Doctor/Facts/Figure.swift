/// Numbers in words.
enum Figure {
    /// Bytes in decimal units, two digits at least: `980 MB`, `1.2 GB`, `24 GB`.
    static func bytes(_ bytes: Int) -> String {
        let bytes = max(bytes, 0)
        let units = [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "KB")]
        guard let (unit, name) = units.first(where: { bytes >= $0.0 }) else { return "\(bytes) bytes" }
        guard bytes < unit * 10 else { return "\((bytes + unit / 2) / unit) \(name)" }
        let tenths = bytes / (unit / 10)
        return tenths % 10 == 0 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
    }

    /// Bytes a second.
    static func rate(_ rate: Double) -> String {
        "\(bytes(whole(rate)))/s"
    }

    /// Seconds, with tenths below ten.
    static func seconds(_ seconds: Double) -> String {
        guard seconds < 9.95 else { return "\(whole(seconds.rounded())) s" }
        let tenths = whole((seconds * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }

    /// A list as prose: `a`, `a and b`, `a, b and c`; of many only the first, with the number of the others.
    static func list(_ items: [String], atMost limit: Int = 8) -> String {
        guard items.count <= limit else {
            return "\(items.prefix(limit).joined(separator: ", ")) and \(items.count - limit) others"
        }
        guard let last = items.last, items.count > 1 else { return items.first ?? "" }
        return "\(items.dropLast().joined(separator: ", ")) and \(last)"
    }

    /// A number with its noun.
    static func count(_ number: Int, _ singular: String, _ plural: String? = nil) -> String {
        "\(number) \(number == 1 ? singular : plural ?? "\(singular)s")"
    }

    /// A measured number may be anything.
    private static func whole(_ number: Double) -> Int {
        number.isFinite ? Int(min(max(number, 0), 9e15)) : 0
    }
}
