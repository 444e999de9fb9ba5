/// Tells the addresses of the public Internet from those that mean something only here: this machine, its network, its
/// cloud.
///
/// After IANA's registries of special-purpose addresses. Of IPv6 only what is given out as global unicast counts as
/// public, so a block that is reserved tomorrow is refused today.
enum PublicAddress {
    /// What kind of address it is, if it is not a public one.
    static func objection(to address: IPAddress) -> String? {
        if let special = specialBlocks.first(where: { $0.block.contains(address) }) {
            return "\(special.kind) (\(special.block))"
        }
        guard case .v6(let bits) = address else { return nil }
        // On networks without IPv4, its public hosts resolve to this prefix and their address: that is what counts.
        if translated?.contains(address) == true { return objection(to: .v4(UInt32(truncatingIfNeeded: bits))) }
        return globalUnicast?.contains(address) == true ? nil : "a reserved address (outside of 2000::/3)"
    }

    private static let globalUnicast = AddressBlock("2000::/3")
    private static let translated = AddressBlock("64:ff9b::/96")

    private static let specialBlocks: [(block: AddressBlock, kind: String)] = special.flatMap { kind, blocks in
        blocks.compactMap { AddressBlock($0).map { ($0, kind) } }
    }

    /// Blocks by what they are for.
    static let special: KeyValuePairs<String, [String]> = [
        "a loopback address": ["127.0.0.0/8", "::1/128"],
        "an unspecified address": ["0.0.0.0/8", "::/128"],
        "a private address": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"],
        // Where clouds have their metadata services, credentials included.
        "a link-local address": ["169.254.0.0/16", "fe80::/10"],
        // Not reserved, but in every virtual machine of Azure the way to the host's own services.
        "the address of a cloud's own services": ["168.63.129.16/32"],
        "an address of a provider's inner network": ["100.64.0.0/10"],
        "a reserved address": ["192.0.0.0/24", "192.88.99.0/24", "240.0.0.0/4", "2001::/23", "100::/64"],
        "an address for examples": [
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20",
        ],
        "an address for benchmarks": ["198.18.0.0/15"],
        "a multicast address": ["224.0.0.0/4", "ff00::/8"],
        // An IPv4 address in disguise; whoever means it can write it plainly.
        "an IPv4 address inside an IPv6 one": ["::ffff:0:0/96", "::/96", "2002::/16"],
    ]
}
