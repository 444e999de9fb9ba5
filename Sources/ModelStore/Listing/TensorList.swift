import JSON

/// The tensors of a file by name, for whoever wants to see them.
struct TensorList: Sendable {
    /// Models whose experts were never joined have 50,000.
    private static let limit = 1 << 16

    /// An object for each tensor: `{"name": …, "type": "Q4_K", "shape": [640, 1024]}`.
    private(set) var tensors: [JSON] = []

    /// Reads the lists of a model's files. Blocking.
    init(files: [String]) throws(GGUFProblem) {
        for file in files {
            var reader = try GGUFReader(path: file)
            let counts = try GGUFHeader.counts(from: &reader)
            guard counts.tensors <= Self.limit - tensors.count else {
                throw reader.damaged("a list of \(counts.tensors) tensors")
            }
            _ = try GGUFHeader.keys(counts.keys, from: &reader, .whole)
            for _ in 0..<counts.tensors { tensors.append(try Self.tensor(from: &reader)) }
        }
    }

    private static func tensor(from reader: inout GGUFReader) throws(GGUFProblem) -> JSON {
        let name = try reader.text(atMost: 1 << 12)
        let start = reader.offset
        let dimensions = try reader.integer(UInt32.self)
        guard dimensions <= 8 else { throw reader.damaged("a tensor of \(dimensions) dimensions", at: start) }
        var shape: [JSON] = []
        for _ in 0..<dimensions { shape.append(JSON(try reader.integer(UInt64.self))) }
        let type = names[try reader.integer(UInt32.self)] ?? "unknown"
        _ = try reader.integer(UInt64.self)
        return ["name": .string(name), "type": .string(type), "shape": .array(shape)]
    }

    /// The format's numbers for how a tensor's values are packed.
    private static let names: [UInt32: String] = [
        0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 6: "Q5_0", 7: "Q5_1", 8: "Q8_0", 9: "Q8_1", 10: "Q2_K", 11: "Q3_K",
        12: "Q4_K", 13: "Q5_K", 14: "Q6_K", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
        20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 24: "I8", 25: "I16", 26: "I32", 27: "I64", 28: "F64",
        29: "IQ1_M", 30: "BF16", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4",
    ]
}
