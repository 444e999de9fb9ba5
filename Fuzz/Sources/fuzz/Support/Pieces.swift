/// The same bytes as a network might deliver them: at once, one by one, and in pieces of any length.
///
/// Where the pieces are cut follows from the bytes themselves, so that a corpus consists of plain texts and a finding
/// can be repeated.
func deliveries(of bytes: [UInt8]) -> [[[UInt8]]] {
    [[bytes], bytes.map { singles[Int($0)] }, randomPieces(of: bytes)]
}

/// Made once: the sanitizer's allocator is what a run of thousands of pieces waits for.
private let singles = (0...UInt8.max).map { [$0] }

private func randomPieces(of bytes: [UInt8]) -> [[UInt8]] {
    var state = fingerprint(of: bytes)
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        // An empty piece now and then: a read may give nothing.
        let end = min(start + Int(state >> 33) % 24, bytes.count)
        pieces.append(Array(bytes[start..<end]))
        start = end
    }
    return pieces
}

/// FNV-1a.
func fingerprint(of bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
}
