/// What a key of a GGUF header says, as far as anybody here asks.
enum GGUFValue: Sendable, Hashable {
    case integer(Int)
    /// Of 32 bits: as a double its text would be `9.999999974752427e-07` instead of `1e-06`.
    case single(Float)
    case number(Double)
    case bool(Bool)
    case text(String)
    /// One for each layer, such as the heads of each.
    case integers([Int])
    /// A text or list that is too long to keep.
    case long(count: Int)

    var integer: Int? {
        switch self {
        case .integer(let value): value
        case .bool(let value): value ? 1 : 0
        default: nil
        }
    }

    var text: String? {
        if case .text(let value) = self { value } else { nil }
    }

    /// How many elements or bytes it has.
    var count: Int {
        switch self {
        case .integers(let values): values.count
        case .long(let count): count
        case .text(let text): text.utf8.count
        case .integer, .single, .number, .bool: 1
        }
    }
}

extension GGUFReader {
    /// Longer texts are not kept. Chat templates, the longest that matter, have up to 20 KB.
    private static let textLimit = 1 << 20
    /// Longer lists are vocabularies, not layers.
    private static let listLimit = 4096

    mutating func text(atMost limit: Int) throws(GGUFProblem) -> String {
        let length = try count("a text's length", atMost: limit)
        return String(decoding: try bytes(length), as: UTF8.self)
    }

    mutating func value() throws(GGUFProblem) -> GGUFValue {
        let start = offset
        let number = try integer(UInt32.self)
        guard let type = ValueType(rawValue: number) else {
            throw damaged("a value of unknown type \(number)", at: start)
        }
        switch type {
        case .text:
            let length = try count("a text's length", atMost: size)
            guard length <= Self.textLimit else {
                try skip(length)
                return .long(count: length)
            }
            return .text(String(decoding: try bytes(length), as: UTF8.self))
        case .array: return try array()
        default: return try scalar(type)
        }
    }

    private mutating func array() throws(GGUFProblem) -> GGUFValue {
        let start = offset
        let number = try integer(UInt32.self)
        guard let type = ValueType(rawValue: number), type != .array else {
            throw damaged("a list of elements of unknown type \(number)", at: start)
        }
        // An element has at least one byte, so that a count beyond the file's size is a lie.
        let count = try count("a list's length", atMost: size)
        guard let width = type.width else {
            for _ in 0..<count { try skip(try self.count("a text's length", atMost: size)) }
            return .long(count: count)
        }
        guard count <= Self.listLimit, type.isInteger else {
            try skip(count * width)
            return .long(count: count)
        }
        var values: [Int] = []
        for _ in 0..<count { values.append(try scalar(type).integer ?? 0) }
        return .integers(values)
    }

    private mutating func scalar(_ type: ValueType) throws(GGUFProblem) -> GGUFValue {
        switch type {
        case .uint8: .integer(Int(try integer(UInt8.self)))
        case .int8: .integer(Int(try integer(Int8.self)))
        case .uint16: .integer(Int(try integer(UInt16.self)))
        case .int16: .integer(Int(try integer(Int16.self)))
        case .uint32: .integer(Int(try integer(UInt32.self)))
        case .int32: .integer(Int(try integer(Int32.self)))
        case .uint64: .integer(Int(clamping: try integer(UInt64.self)))
        case .int64: .integer(Int(try integer(Int64.self)))
        case .float32: .single(Float(bitPattern: try integer(UInt32.self)))
        case .float64: .number(Double(bitPattern: try integer(UInt64.self)))
        case .bool: .bool(try integer(UInt8.self) != 0)
        case .text, .array: throw damaged("a nested value")
        }
    }
}

/// The format's numbers for what a value is.
private enum ValueType: UInt32 {
    case uint8, int8, uint16, int16, uint32, int32, float32, bool, text, array, uint64, int64, float64

    /// Bytes; nil: each value has its own length.
    var width: Int? {
        switch self {
        case .uint8, .int8, .bool: 1
        case .uint16, .int16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        case .text, .array: nil
        }
    }

    var isInteger: Bool {
        switch self {
        case .float32, .float64, .text, .array: false
        default: true
        }
    }
}
