/// All addresses that begin with the same bits, `10.0.0.0/8` or `fe80::/10`.
struct AddressBlock: Sendable, CustomStringConvertible {
    /// As it was written.
    let description: String
    private let first: IPAddress
    private let length: Int

    /// Reads an address and the number of its bits that count; `nil` if it is not that.
    init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let first = IPAddress(String(parts[0])), let length = Int(parts[1]),
            (0...first.width).contains(length)
        else { return nil }
        description = text
        self.first = first
        self.length = length
    }

    func contains(_ address: IPAddress) -> Bool {
        switch (first, address) {
        // Swift's smart shift: by the whole width gives zero, and a block of length 0 has everything.
        case (.v4(let first), .v4(let address)): (first ^ address) >> (32 - length) == 0
        case (.v6(let first), .v6(let address)): (first ^ address) >> (128 - length) == 0
        default: false
        }
    }
}

extension IPAddress {
    fileprivate var width: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }
}
