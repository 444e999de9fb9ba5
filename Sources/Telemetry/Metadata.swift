public import JSON
public import Logging

extension Logger.Metadata {
    /// Fields as log metadata, numbers staying numbers.
    public init(_ fields: JSON.Object) {
        self = Dictionary(fields.map { ($0.key, Logger.MetadataValue.stringConvertible($0.value)) }) { $1 }
    }
}

extension JSON {
    /// Metadata with its types: what carries JSON, a number or a boolean stays one.
    init(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self = .string(text)
        case .stringConvertible(let value): self = JSON(convertible: value)
        case .array(let values): self = .array(values.map { JSON($0) })
        case .dictionary(let members):
            self = .object(JSON.Object(members.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSON($0.value)) }))
        }
    }

    private init(convertible value: any CustomStringConvertible & Sendable) {
        switch value {
        case let value as JSON: self = value
        case let value as JSON.Object: self = .object(value)
        case let value as Bool: self = .bool(value)
        case let value as any BinaryInteger: self = JSON(value)
        case let value as Double: self = JSON(value)
        default: self = .string(value.description)
        }
    }
}
