import Crypto

/// The keys that open the gateway.
///
/// Keys are compared by their SHA-256, all 32 bytes of it and with every key there is. So how long a comparison takes
/// tells neither how much of a guess was right, nor how long the keys are, nor which of them was meant; and a memory
/// dump does not show them.
struct KeyRing: Sendable {
    private let digests: [[UInt8]]

    init(_ keys: [String]) {
        digests = keys.map { Self.digest($0[...]) }
    }

    var isEmpty: Bool { digests.isEmpty }

    /// The place of the key in a header: the key alone, or after `Bearer `. Nil: it is none of them.
    func place(of header: String) -> Int? {
        let key = Self.key(in: header)
        // A key that was left empty by mistake must open nothing.
        guard !key.isEmpty else { return nil }
        let given = Self.digest(key)
        var found: Int?
        for (place, digest) in digests.enumerated() {
            var difference: UInt8 = 0
            for index in digest.indices { difference |= digest[index] ^ given[index] }
            if difference == 0 { found = place }
        }
        return found
    }

    private static func key(in header: String) -> Substring {
        let bearer = "bearer "
        return header.prefix(bearer.count).lowercased() == bearer ? header.dropFirst(bearer.count) : header[...]
    }

    private static func digest(_ key: Substring) -> [UInt8] {
        Array(SHA256.hash(data: Array(key.utf8)))
    }
}
