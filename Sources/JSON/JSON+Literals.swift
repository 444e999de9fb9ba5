// Request bodies are written as literals, in the order in which they shall travel. `null` is written `.null`: were `nil`
// a literal of this type, `isEmpty ? nil : json` would be JSON's null where Swift's nil was meant, without a warning.

extension JSON: ExpressibleByBooleanLiteral {
    /// `true` or `false`.
    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }
}

extension JSON: ExpressibleByIntegerLiteral {
    /// A whole number.
    public init(integerLiteral value: Int) {
        self.init(value)
    }
}

extension JSON: ExpressibleByFloatLiteral {
    /// A number, rounded to a double.
    public init(floatLiteral value: Double) {
        self.init(value)
    }
}

extension JSON: ExpressibleByStringInterpolation {
    /// A string.
    public init(stringLiteral value: String) {
        self = .string(value)
    }
}

extension JSON: ExpressibleByArrayLiteral {
    /// An array.
    public init(arrayLiteral elements: JSON...) {
        self = .array(elements)
    }
}

extension JSON: ExpressibleByDictionaryLiteral {
    /// An object with its members in the order of the literal.
    public init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(Object(members.lazy.map { (key: $0, value: $1) }))
    }
}

extension JSON.Number: ExpressibleByIntegerLiteral {
    /// A whole number.
    public init(integerLiteral value: Int) {
        self.init(value)
    }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
    /// The members in the order of the literal.
    public init(dictionaryLiteral members: (String, JSON)...) {
        self.init(members.lazy.map { (key: $0, value: $1) })
    }
}
