import Support

/// A moment by the wall clock in UTC, to the millisecond: for records that are read days later, never for lengths, because
/// this clock may jump.
public struct Timestamp: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Since the beginning of 1970; within the years 1970 to 9999.
    public let milliseconds: Int

    /// The nearest moment that has four digits for its year.
    public init(milliseconds: Int) {
        self.milliseconds = min(max(0, milliseconds), Self.last)
    }

    private init(_ time: UTCTime) {
        self.init(milliseconds: time.seconds * 1000 + time.nanoseconds / 1_000_000)
    }

    /// The moment of the call.
    public static var now: Timestamp { Timestamp(UTCTime.now) }

    /// Reads `2026-01-02T03:04:05.678Z`, with or without a fraction, or a day, `2026-01-02`, as its first moment.
    public init?(_ text: String) {
        let isDay = text.utf8.count == 10
        guard let time = UTCTime(isDay ? "\(text)T00:00:00Z" : text), time.seconds >= 0 else { return nil }
        self.init(time)
    }

    /// `2026-01-02T03:04:05.678Z`.
    public var description: String {
        UTCTime(seconds: milliseconds / 1000, nanoseconds: milliseconds % 1000 * 1_000_000).text(decimals: 3)
    }

    /// `2026-01-02`.
    public var day: String { String(description.prefix(10)) }

    /// So much later, or earlier.
    public static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: moment.milliseconds + duration.wholeNanoseconds / 1_000_000)
    }

    /// The earlier first.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// The last millisecond of the year 9999.
    private static let last = 253_402_300_799_999
}
