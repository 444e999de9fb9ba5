import JSON
import Testing

@Suite struct FuzzTests {
    @Test(arguments: 0..<8)
    func `a random document comes back as it was`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: 2_000 + seed)
        for _ in 0..<200 {
            let value = JSON.random(using: &generator)
            let again = try JSON(parsing: value.bytes)
            try #require(again == value)
            try #require(again.bytes == value.bytes)
        }
    }

    @Test(arguments: 0..<8)
    func `a damaged document is refused within its bounds or comes back as it was read`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: 3_000 + seed)
        var refused = 0
        var taken = 0
        for _ in 0..<300 {
            let original = JSON.random(using: &generator).bytes
            for _ in 0..<10 {
                let bytes = original.damaged(using: &generator)
                switch Result(catching: { () throws(JSON.ParseError) in try JSON(parsing: bytes) }) {
                case .success(let value):
                    taken += 1
                    let again = try JSON(parsing: value.bytes)
                    try #require(again == value && again.bytes == value.bytes)
                case .failure(let error):
                    refused += 1
                    try #require((0...bytes.count).contains(error.offset))
                }
            }
        }
        // Both ways must have been walked, else this test looks at nothing.
        #expect(refused > 300 && taken > 300)
    }
}

extension [UInt8] {
    /// A copy with one to three bytes flipped, replaced, removed, doubled or cut off.
    fileprivate func damaged(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = self
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            guard let place = bytes.indices.randomElement(using: &generator) else { break }
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 2: bytes[place] = Array("{}[]\",:\\u0e-+.tfn ".utf8).randomElement(using: &generator) ?? 0
            case 3: bytes.remove(at: place)
            case 4: bytes.insert(bytes[place], at: place)
            default: bytes.removeSubrange(Int.random(in: place..<bytes.count, using: &generator)...)
            }
        }
        return bytes
    }
}
