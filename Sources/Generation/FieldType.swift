internal import JSON

/// What a field of an input may hold.
indirect enum FieldType: Sendable {
    case string
    case boolean
    case number
    case wholeNumber
    case positiveNumber
    /// A whole number within bounds.
    case range(ClosedRange<Int>)
    case object
    case list(of: FieldType)
    /// One of these words.
    case choice([String])
    case either(FieldType, FieldType)
    case anything
}

extension FieldType {
    /// Throws unless `value` is of this type. `path` is where it stands.
    func check(_ value: JSON, at path: @autoclosure () -> String) throws(InputError) {
        try check(value, at: path(), expected: expectation)
    }

    private func check(
        _ value: JSON,
        at path: @autoclosure () -> String,
        expected: @autoclosure () -> String
    ) throws(InputError) {
        guard accepts(kindOf: value) else { throw InputError(value, at: path(), mustBe: expected()) }
        switch self {
        case .wholeNumber where value.int == nil, .positiveNumber where (value.int ?? 0) < 1:
            throw InputError(value: value, at: path(), mustBe: expected())
        case .range(let bounds) where !(value.int.map(bounds.contains) ?? false):
            throw InputError(value: value, at: path(), mustBe: expected())
        case .choice(let words) where !words.contains { value == .string($0) }:
            throw InputError(value: value, at: path(), mustBe: expected())
        case .list(let element):
            for (index, item) in (value.array ?? []).enumerated() {
                try element.check(item, at: "\(path())[\(index)]")
            }
        case .either(let first, let second):
            try (first.accepts(kindOf: value) ? first : second).check(value, at: path(), expected: expected())
        default:
            break
        }
    }

    private func accepts(kindOf value: JSON) -> Bool {
        switch (self, value) {
        case (.string, .string), (.choice, .string), (.boolean, .bool), (.object, .object), (.list, .array): true
        case (.number, .number), (.wholeNumber, .number), (.positiveNumber, .number), (.range, .number): true
        case (.either(let first, let second), _): first.accepts(kindOf: value) || second.accepts(kindOf: value)
        case (.anything, _): true
        default: false
        }
    }
}

extension FieldType {
    /// "a string", "an array of objects", `true, false, "low" or "high"`: what comes after "must be".
    var expectation: String { alternatives(options) }

    private var options: [String] {
        switch self {
        case .string: ["a string"]
        case .boolean: ["true", "false"]
        case .number: ["a number"]
        case .wholeNumber: ["a whole number"]
        case .positiveNumber: ["a whole number of at least 1"]
        case .range(let bounds): ["a whole number from \(bounds.lowerBound) to \(bounds.upperBound)"]
        case .object: ["an object"]
        case .list(.anything): ["an array"]
        case .list(let element): ["an array of \(element.plural)"]
        case .choice(let words): words.map { "\"\($0)\"" }
        case .either(let first, let second): first.options + second.options
        case .anything: ["anything"]
        }
    }

    private var plural: String {
        switch self {
        case .string: "strings"
        case .object: "objects"
        case .wholeNumber: "whole numbers"
        default: expectation
        }
    }
}
