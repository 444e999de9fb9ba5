import Support

/// A moment, to the second, in the forms that S3 and its clients want.
struct S3Time: Sendable, Hashable {
    /// Since the beginning of 1970.
    let seconds: Int

    /// `20130524T000000Z`
    var stamp: String { text.filter { $0 != "-" && $0 != ":" } }

    /// `20130524`
    var day: String { String(stamp.prefix(8)) }

    /// `05-13`: how workers of this platform name the bucket of a month.
    var monthAndYear: String {
        let text = text
        return "\(text.dropFirst(5).prefix(2))-\(text.dropFirst(2).prefix(2))"
    }

    /// `2013-05-24T00:00:00Z`
    var text: String { UTCTime(seconds: seconds).text() }
}
