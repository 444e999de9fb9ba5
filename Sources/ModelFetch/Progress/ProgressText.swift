/// A meter as a line of text.
public enum ProgressText {
    private static let longestBar = 40

    /// One line for a terminal: name, bar, per cent, bytes, rate, time. Never longer than `columns`: what does not fit is
    /// left out from the right, the bar first.
    public static func line(of meter: ProgressMeter, at now: ProgressMeter.Instant, columns: Int) -> String {
        var text = parts(of: meter, at: now)
        // The bar does not move when the number gets its next digit.
        text[1] = String(repeating: " ", count: max(5 - text[1].count, 0)) + text[1]
        let rest = text.dropFirst().joined(separator: "  ")
        let room = columns - (text.first?.count ?? 0) - rest.count - 5
        guard room >= 10 else { return String(text.joined(separator: "  ").prefix(max(columns - 1, 0))) }
        return "\(text[0])  \(bar(meter.percent, width: min(room, longestBar)))  \(rest)"
    }

    /// Name, per cent, bytes, rate, time that remains.
    static func parts(of meter: ProgressMeter, at now: ProgressMeter.Instant) -> [String] {
        var parts = [
            meter.model, "\(meter.percent) %", "\(ByteText.size(meter.present)) of \(ByteText.size(meter.total))",
        ]
        if let rate = meter.rate(at: now) { parts.append("\(ByteText.size(Int(rate)))/s") }
        if let remaining = meter.remaining(at: now) { parts.append("\(TimeSpan.text(remaining)) left") }
        return parts
    }

    private static func bar(_ percent: Int, width: Int) -> String {
        let full = min(max(percent, 0), 100) * width / 100
        return String(repeating: "█", count: full) + String(repeating: "░", count: width - full)
    }
}

/// Times as people read them.
enum TimeSpan {
    /// `0:07`, `12:30`, `3:05:00`.
    static func text(_ duration: Duration) -> String {
        // Rounded up, or the last second would be 0:00; whole seconds have a fraction of some attoseconds at times.
        let seconds = max(Int((duration / .seconds(1) - 0.001).rounded(.up)), 0)
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
