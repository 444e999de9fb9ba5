import Glibc

/// A moment in UTC, to the second, in the forms that S3 and its clients want.
struct S3Time: Sendable, Hashable {
    /// Since the beginning of 1970.
    let seconds: Int

    static var now: S3Time { S3Time(seconds: time(nil)) }

    /// `20130524T000000Z`
    var stamp: String {
        let date = date
        return "\(Self.day(of: date))T\(Self.two(date.tm_hour))\(Self.two(date.tm_min))\(Self.two(date.tm_sec))Z"
    }

    /// `20130524`
    var day: String { Self.day(of: date) }

    /// `05-13`: how workers of this platform name the bucket of a month.
    var monthAndYear: String {
        let date = date
        return "\(Self.two(date.tm_mon + 1))-\(Self.two(date.tm_year % 100))"
    }

    /// `2013-05-24T00:00:00Z`
    var text: String {
        let date = date
        let day = "\(date.tm_year + 1900)-\(Self.two(date.tm_mon + 1))-\(Self.two(date.tm_mday))"
        return "\(day)T\(Self.two(date.tm_hour)):\(Self.two(date.tm_min)):\(Self.two(date.tm_sec))Z"
    }

    private var date: tm {
        var seconds = seconds
        var date = tm()
        gmtime_r(&seconds, &date)
        return date
    }

    private static func day(of date: tm) -> String {
        "\(date.tm_year + 1900)\(two(date.tm_mon + 1))\(two(date.tm_mday))"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
