import JSON

/// SplitMix64: the same seed gives the same documents on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension JSON {
    /// A document of any shape; every name is unique within its object, so that a dictionary can hold it.
    static func random(depth: Int = 5, using generator: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return JSON(Int.random(in: -1_000_000...1_000_000, using: &generator))
        case 3: return JSON(randomDouble(using: &generator))
        case 4: return .string(randomString(using: &generator))
        case 5, 6:
            let count = Int.random(in: 0...6, using: &generator)
            let members = (0..<count).map { _ in
                (key: randomString(using: &generator), value: random(depth: depth - 1, using: &generator))
            }
            var object = Object()
            for member in members { object[member.key] = member.value }
            return .object(object)
        default:
            let count = Int.random(in: 0...6, using: &generator)
            return .array((0..<count).map { _ in random(depth: depth - 1, using: &generator) })
        }
    }

    private static func randomDouble(using generator: inout SeededGenerator) -> Double {
        let exponent = Bool.random(using: &generator) ? 0 : Int.random(in: -1_000...1_000, using: &generator)
        return Double(sign: .plus, exponent: exponent, significand: Double.random(in: -2...2, using: &generator))
    }

    private static func randomString(using generator: inout SeededGenerator) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x20...0x7E, 0x20...0x7E, 0...0x1F, 0x22...0x22, 0x5C...0x5C, 0x80...0x7FF, 0x800...0xD7FF,
            0xE000...0xFFFD, 0x10000...0x10FFFF,
        ]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...24, using: &generator) {
            let range = ranges[Int.random(in: ranges.indices, using: &generator)]
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &generator)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}
