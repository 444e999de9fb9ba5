internal import JSON

/// The fields that a kind of input is known to have, and what each may hold.
///
/// Fields that are not in the table are let through: a newer engine may know them. `null` counts as absent, as it does
/// in Ollama.
struct FieldTable: Sendable {
    /// More than any API has. Members are found by walking past the others: to lay 40,000 of one prompt over those that all
    /// share took 17 seconds.
    static let mostFields = 256

    private let types: [String: FieldType]
    private let spellings: [String: String]

    init(_ types: [String: FieldType]) {
        self.types = types
        spellings = Dictionary(types.keys.map { (folded($0), $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// This table with more fields.
    func adding(_ more: [String: FieldType]) -> FieldTable {
        FieldTable(types.merging(more) { _, new in new })
    }

    /// Throws at the first field that does not hold what it may. `prefix` is where the object stands: `messages[2].`.
    ///
    /// A known name in other letters is refused, because Go's decoder in Ollama does not look at case: it would take
    /// `"Options"` for `"options"`, past every limit that is kept here.
    func check(_ object: JSON.Object, prefix: @autoclosure () -> String = "") throws(InputError) {
        try Self.checkCount(of: object, at: String(prefix().dropLast()))
        for (key, value) in object {
            if let type = types[key] {
                if !value.isNull { try type.check(value, at: prefix() + key) }
            } else if let spelling = spellings[folded(key)] {
                throw InputError("\"\(prefix())\(key)\" must be written \"\(prefix())\(spelling)\"", at: prefix() + key)
            }
        }
    }
}

extension FieldTable {
    /// Throws for an object of too many fields. Asked before two objects are laid over each other.
    static func checkCount(of object: JSON.Object, at path: @autoclosure () -> String) throws(InputError) {
        guard object.count > mostFields else { return }
        let path = path()
        let place = path.isEmpty ? "the job's input" : "\"\(path)\""
        throw InputError("\(place) must have at most \(mostFields) fields, but it has \(object.count)", at: path)
    }
}

/// Down and up again: that also folds the long s and the Kelvin sign, as Go does.
private func folded(_ key: String) -> String {
    key.lowercased().uppercased()
}

extension JSON.Object {
    /// The value of a member that is there and not null.
    func present(_ key: String) -> JSON? {
        guard let value = self[key], !value.isNull else { return nil }
        return value
    }
}
