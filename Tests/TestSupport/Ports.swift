import Glibc

/// A loopback port that nobody listened on a moment ago. Another process may take it before you do: use
/// `ReservedPort`, or let programs pick their own, where a collision would fail a test.
public func freePort() throws -> UInt16 {
    try ReservedPort().number
}

/// A loopback port that nobody else gets as long as this lives, and that a program can be told to listen on.
///
/// Tests in parallel start some fifty programs, and one in a dozen runs gave two of them the same "free" port. A socket
/// that is bound and does not listen keeps the port out of the system's choice, and out of nobody's way who asks for
/// it by number with SO_REUSEADDR, as servers do.
public final class ReservedPort: Sendable {
    /// The port.
    public let number: UInt16
    private let descriptor: Int32

    /// Takes one.
    public init() throws(SocketError) {
        (descriptor, number) = try Socket.bind(host: "127.0.0.1", port: 0)
    }

    deinit {
        close(descriptor)
    }
}
