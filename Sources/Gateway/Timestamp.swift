import Glibc

/// Moments as Ollama writes them, such as `2026-11-21T02:16:44.493833Z`.
enum Timestamp {
    static var now: String {
        var moment = timespec()
        clock_gettime(CLOCK_REALTIME, &moment)
        return text(of: moment.tv_sec, nanoseconds: moment.tv_nsec)
    }

    static func text(of seconds: time_t, nanoseconds: Int) -> String {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
        let time = [Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec)]
        return date.map { padded($0, 2) }.joined(separator: "-") + "T"
            + time.map { padded($0, 2) }.joined(separator: ":") + ".\(padded(nanoseconds / 1000, 6))Z"
    }

    /// Whole seconds since 1970. Nil: it is not such a text. Fractions are cut off, offsets from UTC counted.
    static func seconds(of text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, let date = fields(bytes[0..<10], "-"), let time = fields(bytes[11..<19], ":"),
            (1...12).contains(date[1]), (1...31).contains(date[2])
        else { return nil }
        let zone = bytes[19...].drop { $0 == UInt8(ascii: ".") || (48...57).contains($0) }
        guard let offset = offset(zone) else { return nil }
        return days(date[0], date[1], date[2]) * 86400 + time[0] * 3600 + time[1] * 60 + time[2] - offset
    }

    private static func fields(_ bytes: ArraySlice<UInt8>, _ separator: Character) -> [Int]? {
        let numbers = String(decoding: bytes, as: UTF8.self).split(separator: separator).compactMap { UInt($0) }
        return numbers.count == 3 ? numbers.map { Int($0) } : nil
    }

    /// `Z`, or `+01:00` in seconds.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Int? {
        let text = String(decoding: zone, as: UTF8.self)
        if text == "Z" { return 0 }
        let parts = text.dropFirst().split(separator: ":").compactMap { UInt($0) }
        guard let sign = text.first, sign == "+" || sign == "-", parts.count == 2, parts[0] < 24, parts[1] < 60 else {
            return nil
        }
        return (sign == "+" ? 1 : -1) * Int(parts[0] * 3600 + parts[1] * 60)
    }

    /// Days from 1970 to a day of the Gregorian calendar, with March as the first month so that a leap day is the last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let year = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - 719_468
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
