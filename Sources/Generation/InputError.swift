internal import JSON

/// What is wrong with a job's input: one sentence that names the field, what was found and what is expected.
public struct InputError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where: a path such as `messages[2].role`; empty for the input as a whole.
    public let field: String
    /// The sentence, for the client.
    public let description: String

    init(_ description: String, at field: String = "") {
        self.field = field
        self.description = description
    }

    /// The wrong kind of value. The value itself stays out: it may be somebody's prompt.
    init(_ found: JSON, at field: String, mustBe expected: String) {
        self.init("\"\(field)\" must be \(expected), but it is \(found.typeName)", at: field)
    }

    /// A wrong value of the right kind, shown because it is one of a few words or a number.
    init(value found: JSON, at field: String, mustBe expected: String) {
        self.init("\"\(field)\" must be \(expected), but it is \(Self.shortened(found.description))", at: field)
    }

    init(missing field: String, mustBe expected: String) {
        self.init("\"\(field)\" is missing; it must be \(expected)", at: field)
    }

    private static func shortened(_ text: String) -> String {
        text.count <= 40 ? text : "\(text.prefix(40))…"
    }
}

/// "a, b or c".
func alternatives(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return "\(words.dropLast().joined(separator: ", ")) or \(last)"
}
