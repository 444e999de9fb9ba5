/// How large a model's tensors are, from the list in front of them.
public struct GGUFTensors: Sendable, Hashable {
    /// Their number.
    public internal(set) var count: Int
    /// The numbers in all of them together.
    public internal(set) var parameters: Int
    /// Bytes of each layer.
    public internal(set) var layerBytes: [Int]
    /// Bytes of what belongs to no layer: the token vectors and the output.
    public internal(set) var otherBytes: Int
    /// The size in bytes that the file must have; a smaller one was cut short.
    public internal(set) var fileSize: Int

    /// Bytes of all tensors.
    public var bytes: Int { layerBytes.reduce(otherBytes, +) }

    /// The tensors of a model in several files.
    public func adding(_ other: GGUFTensors) -> GGUFTensors {
        var sum = self
        sum.count += other.count
        sum.parameters += other.parameters
        sum.otherBytes += other.otherBytes
        sum.fileSize += other.fileSize
        for (layer, bytes) in other.layerBytes.enumerated() { sum.addBytes(bytes, layer: layer) }
        return sum
    }

    mutating func addBytes(_ bytes: Int, layer: Int?) {
        guard let layer else {
            otherBytes += bytes
            return
        }
        if layer >= layerBytes.count { layerBytes += Array(repeating: 0, count: layer + 1 - layerBytes.count) }
        layerBytes[layer] += bytes
    }
}

extension GGUFTensors {
    /// More than any model's numbers and bytes: sums of so many tensors do not overflow.
    private static let limit = 1 << 50
    /// More than any model's layers.
    private static let layerLimit = 4096

    /// Reads the list that follows the keys.
    init(_ count: Int, alignment: Int, from reader: inout GGUFReader) throws(GGUFProblem) {
        self.init(count: count, parameters: 0, layerBytes: [], otherBytes: 0, fileSize: 0)
        var end = 0
        for _ in 0..<count {
            let name = try reader.text(atMost: 1 << 12)
            let start = reader.offset
            let elements = try Self.shape(from: &reader)
            let type = TensorType(try reader.integer(UInt32.self))
            let offset = try reader.count("a tensor's offset", atMost: Self.limit)
            let bytes = type.bytes(elements: elements)
            guard parameters + elements <= Self.limit else {
                throw reader.damaged("a tensor of \(elements) numbers", at: start)
            }
            parameters += elements
            // Of a type of tomorrow only the estimate is known, and damage must not be claimed for that.
            end = max(end, offset + (type.isKnown ? bytes : 0))
            addBytes(bytes, layer: Self.layer(of: name))
        }
        fileSize = (reader.offset + alignment - 1) / alignment * alignment + end
    }

    private static func shape(from reader: inout GGUFReader) throws(GGUFProblem) -> Int {
        let start = reader.offset
        let dimensions = try reader.integer(UInt32.self)
        guard dimensions <= 8 else { throw reader.damaged("a tensor of \(dimensions) dimensions", at: start) }
        var elements = 1
        for _ in 0..<dimensions {
            let length = try reader.count("a tensor's length", atMost: limit)
            let (product, overflows) = elements.multipliedReportingOverflow(by: length)
            guard !overflows, product <= limit else { throw reader.damaged("a tensor of too many numbers", at: start) }
            elements = product
        }
        return elements
    }

    /// Tensors of a layer are called `blk.LAYER.…`.
    private static func layer(of name: String) -> Int? {
        guard name.hasPrefix("blk.") else { return nil }
        return Int(name.dropFirst(4).prefix { $0 != "." }).flatMap { (0..<layerLimit).contains($0) ? $0 : nil }
    }
}

/// How a tensor's numbers are packed: so many of them in a block of so many bytes.
private struct TensorType {
    let blockLength: Int
    let blockBytes: Int
    /// A type of tomorrow counts as 4 bits and a scale.
    let isKnown: Bool

    init(_ number: UInt32) {
        isKnown = Self.known[number] != nil
        (blockLength, blockBytes) = Self.known[number] ?? (32, 18)
    }

    func bytes(elements: Int) -> Int {
        (elements + blockLength - 1) / blockLength * blockBytes
    }

    private static let known: [UInt32: (Int, Int)] = [
        0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
        10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
        17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
        24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
        35: (256, 66), 39: (32, 17), 40: (64, 36),
    ]
}
