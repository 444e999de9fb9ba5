/// Times and shares for people.
enum TimeText {
    /// Three digits or so: `1.42 s`, `812 ms`, `3.1 ms`, `0.04 ms`.
    static func short(_ duration: Duration) -> String {
        let microseconds = (duration.wholeNanoseconds + 500) / 1000
        // The steps lie where rounding would need one more digit: 999.6 ms is 1.00 s.
        return switch microseconds {
        case 99_950_000...: "\(decimal(microseconds, of: 1_000_000, digits: 0)) s"
        case 9_995_000...: "\(decimal(microseconds, of: 1_000_000, digits: 1)) s"
        case 999_500...: "\(decimal(microseconds, of: 1_000_000, digits: 2)) s"
        case 9_950...: "\(decimal(microseconds, of: 1000, digits: 0)) ms"
        case 995...: "\(decimal(microseconds, of: 1000, digits: 1)) ms"
        case 5...: "\(decimal(microseconds, of: 1000, digits: 2)) ms"
        default: duration > .zero ? "<0.01 ms" : "0 ms"
        }
    }

    /// `0.8 %`.
    static func percent(_ part: Int, of whole: Int) -> String {
        whole > 0 ? "\(decimal(part * 100, of: whole, digits: 1)) %" : "0.0 %"
    }

    /// `value / unit`, rounded half up to `digits` decimals; `value` is not negative.
    static func decimal(_ value: Int, of unit: Int, digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let (whole, rest) = value.quotientAndRemainder(dividingBy: unit)
        let rounded = whole * scale + (rest * scale + unit / 2) / unit
        guard digits > 0 else { return String(rounded) }
        let fraction = String(rounded % scale)
        return "\(rounded / scale).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}

extension TimeText {
    /// `+12 ms`, `−1.20 s`, `0 ms`.
    static func signed(_ duration: Duration) -> String {
        if duration == .zero { return "0 ms" }
        return duration < .zero ? "−\(short(.zero - duration))" : "+\(short(duration))"
    }

    /// `81.2 %` of a fraction.
    static func percent(_ fraction: Double) -> String {
        percent(Int((min(max(0, fraction), 1e6) * 1e6).rounded()), of: 1_000_000)
    }

    /// In the units of storage makers: `253 MB`, `1.02 GB`.
    static func bytes(_ count: Int) -> String {
        switch count {
        case 1_000_000_000...: "\(decimal(count, of: 1_000_000_000, digits: 2)) GB"
        case 1_000_000...: "\(decimal(count, of: 1_000_000, digits: 0)) MB"
        case 1000...: "\(decimal(count, of: 1000, digits: 0)) kB"
        default: "\(max(0, count)) bytes"
        }
    }
}
