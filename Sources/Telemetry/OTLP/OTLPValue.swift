import JSON

// The JSON form of OTLP is that of Protocol Buffers: 64-bit integers are texts, ids are hexadecimal, enums are numbers.

/// Pieces that traces and metrics share.
enum OTLPValue {
    static func attributes(_ pairs: [(name: String, value: String)]) -> JSON {
        .array(pairs.map { attribute($0.name, .string($0.value)) })
    }

    static func attribute(_ name: String, _ value: JSON) -> JSON {
        ["key": .string(name), "value": any(value)]
    }

    /// A value of any type. What is null has a value without a type, which is how the format says "none".
    private static func any(_ value: JSON) -> JSON {
        switch value {
        case .null: [:]
        case .bool(let value): ["boolValue": .bool(value)]
        case .string(let text): ["stringValue": .string(text)]
        case .number(let number):
            if let whole = number.int { integer("intValue", whole) } else { double("doubleValue", number.double) }
        case .array(let elements): ["arrayValue": ["values": .array(elements.map(any))]]
        case .object(let members):
            ["kvlistValue": ["values": .array(members.map { attribute($0.key, $0.value) })]]
        }
    }

    /// A 64-bit integer.
    static func text(_ number: Int) -> JSON {
        .string(String(number))
    }

    /// JSON has no infinities; the format has words for them.
    static func double(_ value: Double) -> JSON {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return JSON(value)
    }

    private static func integer(_ key: String, _ value: Int) -> JSON {
        .object([key: text(value)])
    }

    private static func double(_ key: String, _ value: Double) -> JSON {
        .object([key: double(value)])
    }

    /// Who measured: goes with every batch.
    static func scope(version: String) -> JSON {
        ["name": .string(OTLPConfiguration.serviceName), "version": .string(version)]
    }
}
