import Glibc
import NIOCore

/// Why the gateway does not listen.
public struct GatewayError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Cause and remedy.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    static func cannotListen(on configuration: Gateway.Configuration, _ error: IOError) -> GatewayError {
        let address = "\(configuration.host):\(configuration.port)"
        switch error.errnoCode {
        case EADDRINUSE:
            return GatewayError("\(address) is taken by another program. Choose another port, or 0 for any free one.")
        case EADDRNOTAVAIL:
            return GatewayError("\(configuration.host) is not an address of this machine. Try 127.0.0.1 or 0.0.0.0.")
        case EACCES:
            return GatewayError("Ports below 1024 need privileges: \(address). Choose a higher port.")
        default:
            return GatewayError("Cannot listen on \(address): \(error)")
        }
    }
}
