import Glibc

/// The time as HTTP writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT`.
enum HTTPDate {
    static var now: String { text(of: time(nil)) }

    static func text(of moment: time_t) -> String {
        var moment = moment
        var parts = tm()
        gmtime_r(&moment, &parts)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            // The names are English: the program never leaves the C locale.
            let count = strftime(buffer.baseAddress, buffer.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
            return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
    }
}
