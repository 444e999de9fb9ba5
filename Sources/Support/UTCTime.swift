import Glibc

/// A moment by the wall clock: for what is read later or by others, never for lengths, because this clock may jump.
public struct UTCTime: Sendable, Hashable, Comparable {
    /// Whole seconds since the beginning of 1970, negative before.
    public let seconds: Int
    /// Past that second: 0 to 999,999,999.
    public let nanoseconds: Int

    /// A moment of those parts.
    public init(seconds: Int, nanoseconds: Int = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    /// - Parameter total: nanoseconds since the beginning of 1970, as files have them
    public init(nanosecondsSince1970 total: Int) {
        let (seconds, rest) = total.quotientAndRemainder(dividingBy: 1_000_000_000)
        self.init(
            seconds: rest < 0 ? seconds - 1 : seconds,
            nanoseconds: rest < 0 ? rest + 1_000_000_000 : rest
        )
    }

    /// The moment of the call.
    public static var now: UTCTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(seconds: time.tv_sec, nanoseconds: time.tv_nsec)
    }

    /// The earlier first.
    public static func < (left: UTCTime, right: UTCTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// The second in the Gregorian calendar.
    var parts: tm {
        var seconds = seconds
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return parts
    }

    /// Seconds from 1970 to the beginning of a day; nil where the month is shorter.
    static func midnight(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        var parts = tm()
        parts.tm_year = Int32(year - 1900)
        parts.tm_mon = Int32(month - 1)
        parts.tm_mday = Int32(day)
        let seconds = timegm(&parts)
        // A day too many has become one of the next month.
        return Int(parts.tm_mday) == day ? seconds : nil
    }
}
