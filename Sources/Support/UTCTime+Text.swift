import Glibc

extension UTCTime {
    /// `2026-01-02T03:04:05.678Z`, the form of RFC 3339, with so many decimals; what is beyond them is cut off.
    public func text(decimals: Int = 0) -> String {
        var bytes: [UInt8] = []
        write(decimals: decimals, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the same to a line.
    public func write(decimals: Int, to line: inout [UInt8]) {
        let parts = parts
        line.append(digits: Int(parts.tm_year) + 1900, count: 4)
        line.append("-", twoDigits: parts.tm_mon + 1)
        line.append("-", twoDigits: parts.tm_mday)
        line.append("T", twoDigits: parts.tm_hour)
        line.append(":", twoDigits: parts.tm_min)
        line.append(":", twoDigits: parts.tm_sec)
        if decimals > 0 {
            line.append(UInt8(ascii: "."))
            let tooMany = (decimals..<9).reduce(1) { power, _ in power * 10 }
            line.append(digits: nanoseconds / tooMany, count: decimals)
        }
        line.append(UInt8(ascii: "Z"))
    }

    /// Reads that form, with up to nine decimals, in UTC or with an offset such as `+02:00`. Nil: the text is no such time.
    public init?(_ text: some StringProtocol) {
        var text = Scanner(rest: Array(text.utf8)[...])
        guard let year = text.number(4, in: 0...9999), text.skip("-"), let month = text.number(2, in: 1...12),
            text.skip("-"), let day = text.number(2, in: 1...31), text.skip("T"),
            let hour = text.number(2, in: 0...23), text.skip(":"), let minute = text.number(2, in: 0...59),
            // A leap second is the second after it.
            text.skip(":"), let second = text.number(2, in: 0...60), let nanoseconds = text.fraction(),
            let offset = text.offset(), text.rest.isEmpty, let midnight = Self.midnight(year, month, day)
        else { return nil }
        self.init(seconds: midnight + hour * 3600 + minute * 60 + second - offset, nanoseconds: nanoseconds)
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, as HTTP has it.
    public var httpText: String {
        var parts = parts
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            // The names are English: the program never leaves the C locale.
            let count = strftime(buffer.baseAddress, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}

private struct Scanner {
    var rest: ArraySlice<UInt8>

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func number(_ count: Int, in range: ClosedRange<Int>) -> Int? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        rest = rest.dropFirst(count)
        let number = digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        return range.contains(number) ? number : nil
    }

    /// Nanoseconds; nought where there is no point.
    mutating func fraction() -> Int? {
        guard skip(".") else { return 0 }
        let count = rest.prefix { (48...57).contains($0) }.count
        guard (1...9).contains(count), let number = number(count, in: 0...999_999_999) else { return nil }
        return (count..<9).reduce(number) { number, _ in number * 10 }
    }

    /// Seconds ahead of UTC.
    mutating func offset() -> Int? {
        if skip("Z") { return 0 }
        let sign = skip("+") ? 1 : skip("-") ? -1 : 0
        guard sign != 0, let hours = number(2, in: 0...23), skip(":"), let minutes = number(2, in: 0...59) else {
            return nil
        }
        return sign * (hours * 3600 + minutes * 60)
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ separator: Unicode.Scalar, twoDigits number: Int32) {
        append(UInt8(ascii: separator))
        append(digits: Int(number), count: 2)
    }

    /// The last `count` decimal digits of a number that is not negative, noughts included.
    fileprivate mutating func append(digits number: Int, count: Int) {
        var power = (1..<count).reduce(1) { power, _ in power * 10 }
        while power > 0 {
            append(48 + UInt8(number / power % 10))
            power /= 10
        }
    }
}
