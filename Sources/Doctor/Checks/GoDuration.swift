/// A time as Ollama's variables write it: `90s`, `5m`, `1h30m`, `250ms`, or whole seconds.
enum GoDuration {
    private static let units: [(name: String, seconds: Double)] = [
        // The longer names first: `ms` begins as `m` does.
        ("ms", 0.001), ("us", 0.000_001), ("µs", 0.000_001), ("ns", 0.000_000_001), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// Seconds; nil: no time, for which Ollama takes its default.
    static func seconds(_ text: String) -> Double? {
        if let whole = Int(text) { return Double(whole) }
        let isNegative = text.hasPrefix("-")
        var rest = text.drop { "+-".contains($0) }
        guard !rest.isEmpty else { return nil }
        var sum = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            guard let number = Double(digits), let unit = units.first(where: { rest.hasPrefix($0.name) }) else {
                return nil
            }
            sum += number * unit.seconds
            rest = rest.dropFirst(unit.name.count)
        }
        return isNegative ? -sum : sum
    }
}
