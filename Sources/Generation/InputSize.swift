internal import JSON

/// The size of an input, near enough to bound it, without writing it out: lengths of texts are known, so that a picture of
/// megabytes counts as fast as a word.
struct InputSize {
    private var left: Int

    /// Whether the text of `input` has more bytes than `limit`. Escapes and blanks of the original do not count.
    static func exceeds(_ limit: Int, _ input: JSON) -> Bool {
        var size = InputSize(left: limit)
        return !size.take(input)
    }

    /// Whether there was room for it. Stops where there is none: an input of millions of members costs no more than the
    /// limit allows.
    private mutating func take(_ value: JSON) -> Bool {
        switch value {
        case .null, .bool: left -= 4
        case .number(let number): left -= number.text.utf8.count
        case .string(let text): left -= text.utf8.count + 2
        case .array(let elements):
            left -= elements.count + 1
            for element in elements {
                guard left >= 0, take(element) else { return false }
            }
        case .object(let members):
            left -= members.count + 1
            for (key, value) in members {
                left -= key.utf8.count + 3
                guard left >= 0, take(value) else { return false }
            }
        }
        return left >= 0
    }
}
