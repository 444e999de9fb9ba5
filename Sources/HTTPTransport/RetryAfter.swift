import CCurl
import Glibc

extension HTTPHeaders {
    /// A server that asks for more is not believed: it may be a clock gone wrong, and the client would starve.
    private static let longestWait = 300

    /// The wait that `Retry-After` asks for, as seconds or as a date; nil if there is none that can be understood.
    public func retryAfter() -> Duration? {
        retryAfter(now: time(nil))
    }

    /// - Parameter now: seconds since 1970
    func retryAfter(now: Int) -> Duration? {
        guard let text = self["Retry-After"] else { return nil }
        var seconds = Int(text)
        if seconds == nil { seconds = Self.seconds(ofDate: text).map { $0 - now } }
        return seconds.map { .seconds($0.clamped(to: 0...Self.longestWait)) }
    }
}

extension HTTPHeaders {
    /// The server's clock, from `Date`: seconds since 1970; nil if it says nothing that can be understood.
    public func date() -> Int? {
        self["Date"].flatMap(Self.seconds)
    }

    private static func seconds(ofDate text: String) -> Int? {
        let seconds = curl_getdate(text, nil)
        return seconds < 0 ? nil : seconds
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
