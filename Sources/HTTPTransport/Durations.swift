extension Duration {
    /// Whole milliseconds, rounded up, at least 1 (to curl 0 is "for ever") and at most what a C `int` holds.
    var curlMilliseconds: Int {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 1 }
        guard seconds < Int64(Int32.max) / 1_000 else { return Int(Int32.max) }
        let milliseconds = seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return Int(max(milliseconds, 1))
    }

    /// `10 s`, `250 ms`: for messages.
    var short: String {
        let milliseconds = curlMilliseconds
        return milliseconds.isMultiple(of: 1_000) ? "\(milliseconds / 1_000) s" : "\(milliseconds) ms"
    }
}
