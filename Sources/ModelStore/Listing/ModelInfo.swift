import JSON

/// The keys of a header as `/api/show` has them.
enum ModelInfo {
    /// The keys by name. Lists are null as long as nobody asks for them at length: a vocabulary has megabytes.
    ///
    /// - Parameter parameters: the numbers in all tensors, which no key says
    static func json(_ keys: [String: GGUFValue], parameters: Int?) -> JSON.Object {
        var values = keys.mapValues(json)
        values["general.parameter_count"] = parameters.map { JSON($0) } ?? values["general.parameter_count"]
        return JSON.Object(values.sorted { $0.key < $1.key }.map { (key: $0.key, value: $0.value) })
    }

    private static func json(_ value: GGUFValue) -> JSON {
        switch value {
        case .integer(let number): JSON(number)
        case .single(let number): GoText.number(number)
        case .number(let number): GoText.number(number)
        case .bool(let flag): .bool(flag)
        case .text(let text): .string(text)
        // A list without elements has nothing that could be left out.
        case .integers([]), .long(count: 0): .array([])
        case .integers, .long: .null
        }
    }
}
