/// A JSON value that loses nothing: members stay in order, duplicates stay, and numbers stay as they were written.
///
/// Order matters because a model writes the properties of a schema in the schema's order, and number text because
/// a client's `1.0` or `12345678901234567890` has to come back as such.
///
/// Equality is that of the compact text, with escapes resolved: `1` is not `1.0`, and two objects with the same
/// members in another order differ.
public enum JSON: Sendable, Hashable {
    /// `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A number, as its text.
    case number(Number)
    /// A string, its escapes resolved.
    case string(String)
    /// An array.
    case array([JSON])
    /// An object.
    case object(Object)

    /// A whole number.
    public init(_ value: some BinaryInteger) {
        self = .number(Number(value))
    }

    /// A number in the shortest text that reads back as the same value; `null` for what JSON cannot say (NaN and the
    /// infinities), as in JavaScript.
    public init(_ value: Double) {
        self = Number(value).map(JSON.number) ?? .null
    }
}

extension JSON {
    /// The text of a string; nil for everything else.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The value of a whole number that fits; nil for everything else. `1.0` is whole: see ``Number/int``.
    public var int: Int? {
        if case .number(let value) = self { value.int } else { nil }
    }

    /// The value of a number, rounded to a double; nil for everything else.
    public var double: Double? {
        if case .number(let value) = self { value.double } else { nil }
    }

    /// The value of a boolean; nil for everything else.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements of an array; nil for everything else.
    public var array: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members of an object; nil for everything else.
    public var object: Object? {
        if case .object(let value) = self { value } else { nil }
    }

    /// Whether this is `null`.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The member of that name, as ``Object`` finds it; nil if there is none or this is no object.
    public subscript(key: String) -> JSON? {
        if case .object(let value) = self { value[key] } else { nil }
    }

    /// The element at that place; nil if there is none or this is no array.
    public subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// What kind of value this is, with its article: for messages such as "expected a string, found an array".
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
