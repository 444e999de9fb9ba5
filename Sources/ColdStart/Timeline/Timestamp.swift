import Glibc

/// A moment by the wall clock in UTC, to the millisecond: for records that are read days later, never for lengths, because
/// this clock may jump.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Since the beginning of 1970; within the years 1970 to 9999.
    public let milliseconds: Int

    /// The nearest moment that has four digits for its year.
    public init(milliseconds: Int) {
        self.milliseconds = min(max(0, milliseconds), Self.last)
    }

    /// The moment of the call.
    public static var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: time.tv_sec * 1000 + time.tv_nsec / 1_000_000)
    }

    /// Reads `2026-01-02T03:04:05.678Z`, with or without a fraction, or a day, `2026-01-02`, as its first moment.
    public init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "T"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let date = parts.first, let day = Self.day(of: date) else { return nil }
        guard parts.count == 2 else {
            self.init(milliseconds: day * Self.dayLength)
            return
        }
        guard let time = Self.time(of: parts[1]) else { return nil }
        self.init(milliseconds: day * Self.dayLength + time)
    }

    /// `2026-01-02T03:04:05.678Z`.
    public var description: String {
        let time = milliseconds % Self.dayLength
        let clock = [(time / 3_600_000, 2), (time / 60_000 % 60, 2), (time / 1000 % 60, 2)].map(Self.digits)
        return "\(day)T\(clock.joined(separator: ":")).\(Self.digits(time % 1000, 3))Z"
    }

    /// `2026-01-02`.
    public var day: String {
        let date = Self.date(ofDay: milliseconds / Self.dayLength)
        return "\(Self.digits(date.year, 4))-\(Self.digits(date.month, 2))-\(Self.digits(date.day, 2))"
    }

    /// So much later, or earlier.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + duration.wholeNanoseconds / 1_000_000)
    }

    /// The earlier first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    private static let dayLength = 86_400_000
    /// The last millisecond of the year 9999.
    private static let last = 253_402_300_799_999
}

extension Timestamp {
    private static func time(of text: Substring.UTF8View) -> Int? {
        guard text.last == UInt8(ascii: "Z") else { return nil }
        let parts = text.dropLast().split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let clock = (parts.first ?? text).split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), clock.count == 3,
            let hour = number(clock[0], 2, in: 0...23), let minute = number(clock[1], 2, in: 0...59),
            // A leap second is the second after it.
            let second = number(clock[2], 2, in: 0...60)
        else { return nil }
        var fraction = 0
        if parts.count == 2 {
            // More digits than we keep are cut off, fewer filled up.
            guard (1...9).contains(parts[1].count), number(parts[1], parts[1].count, in: 0...999_999_999) != nil else {
                return nil
            }
            fraction = (Array(parts[1]) + [UInt8](repeating: UInt8(ascii: "0"), count: 2)).prefix(3)
                .reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        return ((hour * 60 + minute) * 60 + second) * 1000 + fraction
    }

    private static func day(of text: Substring.UTF8View) -> Int? {
        let parts = text.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, let year = number(parts[0], 4, in: 1970...9999),
            let month = number(parts[1], 2, in: 1...12),
            let day = number(parts[2], 2, in: 1...length(ofMonth: month, year))
        else { return nil }
        return daysBefore(year: year) + (1..<month).reduce(0) { $0 + length(ofMonth: $1, year) } + day - 1
    }

    private static func date(ofDay count: Int) -> (year: Int, month: Int, day: Int) {
        // Never too late by more than one: a year has at most 366 days.
        var year = 1970 + count / 366
        while daysBefore(year: year + 1) <= count { year += 1 }
        var rest = count - daysBefore(year: year)
        var month = 1
        while rest >= length(ofMonth: month, year) {
            rest -= length(ofMonth: month, year)
            month += 1
        }
        return (year, month, rest + 1)
    }

    private static func daysBefore(year: Int) -> Int {
        func leapYears(before year: Int) -> Int { (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 }
        return (year - 1970) * 365 + leapYears(before: year) - leapYears(before: 1970)
    }

    private static func length(ofMonth month: Int, _ year: Int) -> Int {
        let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
        return [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    private static func number(_ text: Substring.UTF8View, _ count: Int, in range: ClosedRange<Int>) -> Int? {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard text.count == count, text.allSatisfy(digits.contains) else { return nil }
        let number = text.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return range.contains(number) ? number : nil
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
