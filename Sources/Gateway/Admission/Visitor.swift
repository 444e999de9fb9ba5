import NIOCore

/// Who asks, as far as the gateway can tell.
enum Visitor: Sendable, Hashable {
    /// The holder of the key in this place.
    case keyHolder(Int)
    /// Whoever is behind this address, where no key was asked for or none that fits was given.
    case address(String)

    /// What the log calls him.
    var name: String {
        switch self {
        case .keyHolder(let place): KeyList.name(place)
        case .address(let address): address
        }
    }

    /// A stranger by his address.
    ///
    /// Of an IPv6 address only the network's half counts: a household has 2^64 of the other half to choose from.
    /// Headers such as X-Forwarded-For are not looked at, for anybody can write them: behind a proxy all its clients
    /// are one visitor.
    init(at address: SocketAddress?) {
        switch address {
        case .v6(let address)?:
            let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
            let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
            self =
                isMapped
                ? .address(bytes.suffix(4).map(String.init).joined(separator: "."))
                : .address(Self.network(bytes.prefix(8)))
        default:
            self = .address(address?.ipAddress ?? "unknown")
        }
    }

    private static func network(_ bytes: ArraySlice<UInt8>) -> String {
        let groups = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { index in
            String(UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1]), radix: 16)
        }
        return groups.joined(separator: ":") + "::/64"
    }
}
