import Glibc

/// The time of day, for log lines only: it may jump.
struct WallTime: Sendable {
    let seconds: Int
    let milliseconds: Int

    static var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(seconds: time.tv_sec, milliseconds: time.tv_nsec / 1_000_000)
    }

    /// `2026-01-02T03:04:05.678Z`.
    func appendISO8601(to line: inout [UInt8]) {
        var seconds = seconds
        var date = tm()
        gmtime_r(&seconds, &date)
        line.append(digits: Int(date.tm_year) + 1900, count: 4)
        line.append(UInt8(ascii: "-"))
        line.append(digits: Int(date.tm_mon) + 1, count: 2)
        line.append(UInt8(ascii: "-"))
        line.append(digits: Int(date.tm_mday), count: 2)
        line.append(UInt8(ascii: "T"))
        line.append(digits: Int(date.tm_hour), count: 2)
        line.append(UInt8(ascii: ":"))
        line.append(digits: Int(date.tm_min), count: 2)
        line.append(UInt8(ascii: ":"))
        line.append(digits: Int(date.tm_sec), count: 2)
        line.append(UInt8(ascii: "."))
        line.append(digits: milliseconds, count: 3)
        line.append(UInt8(ascii: "Z"))
    }
}

extension [UInt8] {
    /// The last `count` decimal digits of a number that is not negative, zeros included.
    fileprivate mutating func append(digits number: Int, count: Int) {
        var power = (1..<count).reduce(1) { power, _ in power * 10 }
        while power > 0 {
            append(UInt8(ascii: "0") + UInt8(number / power % 10))
            power /= 10
        }
    }
}
