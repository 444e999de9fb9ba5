import Glibc

/// Times and durations in the spellings of the recorded program.
enum Times {
    /// Now, in seconds and nanoseconds since 1970.
    static func now() -> timespec {
        var value = timespec()
        clock_gettime(CLOCK_REALTIME, &value)
        return value
    }

    /// `2026-11-21T02:16:45.828109417Z`, without zeros at the end of the fraction.
    static func rfc3339(_ time: timespec = now()) -> String {
        var fraction = padded(time.tv_nsec, 9)
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return format(time, "%Y-%m-%dT%H:%M:%S") + (fraction.isEmpty ? "" : ".\(fraction)") + "Z"
    }

    /// `2026-11-21T02:49:19.131Z`
    static func logStamp(_ time: timespec = now()) -> String {
        "\(format(time, "%Y-%m-%dT%H:%M:%S")).\(padded(time.tv_nsec / 1_000_000, 3))Z"
    }

    /// `2026/11/21 - 02:49:19`
    static func accessStamp(_ time: timespec = now()) -> String {
        format(time, "%Y/%m/%d - %H:%M:%S")
    }

    /// `192.647µs`, `52.814121ms`, `1.411039254s`
    static func goDuration(_ duration: Duration) -> String {
        let nanoseconds = duration.nanoseconds
        switch nanoseconds {
        case ..<1_000: return "\(nanoseconds)ns"
        case ..<1_000_000: return fraction(nanoseconds, of: 1_000, 3) + "µs"
        case ..<1_000_000_000: return fraction(nanoseconds, of: 1_000_000, 6) + "ms"
        case ..<60_000_000_000: return fraction(nanoseconds, of: 1_000_000_000, 9) + "s"
        default:
            let minutes = nanoseconds / 60_000_000_000
            return "\(minutes)m" + fraction(nanoseconds % 60_000_000_000, of: 1_000_000_000, 9) + "s"
        }
    }

    /// `90s`, `5m`, `1h30m`, `250ms`, or whole seconds; nil if it is none of these.
    static func parseGoDuration(_ text: String) -> Duration? {
        if let seconds = Int(text) { return .seconds(seconds) }
        var rest = Substring(text.hasPrefix("-") ? text.dropFirst() : Substring(text))
        var total = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            let factors = ["ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600]
            guard let value = Double(digits), let factor = factors[String(unit)] else { return nil }
            total += value * factor
        }
        return .seconds(text.hasPrefix("-") ? -total : total)
    }

    private static func format(_ time: timespec, _ pattern: String) -> String {
        var seconds = time.tv_sec
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, pattern, &parts)
        return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func fraction(_ value: Int, of unit: Int, _ digits: Int) -> String {
        var text = "\(value / unit).\(padded(value % unit, digits))"
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }

    private static func padded(_ value: Int, _ digits: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}

extension Duration {
    var nanoseconds: Int {
        let (seconds, attoseconds) = components
        return Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
    }
}

/// Blocks this thread.
func pause(_ duration: Duration) {
    guard duration > .zero else { return }
    let (seconds, attoseconds) = duration.components
    var time = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    var rest = timespec()
    while nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
}
