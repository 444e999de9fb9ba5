public import ColdStart
import Support

/// One moment as both clocks showed it: turns the points in time of a start into dates.
///
/// Taken when the dates are needed rather than when the process starts: a container's wall clock may be set, and a snapshot
/// resumed, in between.
public struct WallClock: Sendable, Hashable {
    private let instant: Instant
    private let nanosecondsThen: Int

    /// - Parameter nanoseconds: since 1970, at `instant`
    public init(instant: Instant, nanoseconds: Int) {
        self.instant = instant
        nanosecondsThen = nanoseconds
    }

    /// Both clocks now.
    public static var now: WallClock {
        let time = UTCTime.now
        return WallClock(instant: .now, nanoseconds: time.seconds * 1_000_000_000 + time.nanoseconds)
    }

    /// Nanoseconds since 1970 at another point in time; never below nought.
    public func nanoseconds(at other: Instant) -> Int {
        let (seconds, attoseconds) = instant.duration(to: other).components
        let distance = Int(seconds) * 1_000_000_000 + Int(attoseconds / 1_000_000_000)
        return max(0, nanosecondsThen + distance)
    }

    /// Seconds since 1970 at the moment that it was taken.
    var secondsSince1970: Double { Double(nanosecondsThen) / 1e9 }
}
