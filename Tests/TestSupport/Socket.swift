import Glibc

/// A system call on a socket (or a thread) that failed.
public struct SocketError: Error, CustomStringConvertible {
    /// The call, for instance `bind`.
    public let operation: String
    /// Its `errno`.
    public let code: Int32

    /// `bind: Address already in use`
    public var description: String {
        "\(operation): \(String(cString: strerror(code)))"
    }

    static func last(_ operation: String) -> SocketError {
        SocketError(operation: operation, code: errno)
    }
}

/// The peer has shut down its sending side. Glibc's module leaves the name out (it hides behind `_GNU_SOURCE`).
private let POLLRDHUP: Int32 = 0x2000

/// The few socket calls that the server is made of. Descriptors are owned by their callers.
enum Socket {
    /// A socket that listens on `host`:`port` (0: the system picks one), and the port it got.
    static func listen(host: String, port: UInt16) throws(SocketError) -> (descriptor: Int32, port: UInt16) {
        let socket = try bind(host: host, port: port)
        guard Glibc.listen(socket.descriptor, 1024) == 0 else {
            let error = SocketError.last("listen")
            close(socket.descriptor)
            throw error
        }
        return socket
    }

    /// A socket that has the port and does not listen.
    static func bind(host: String, port: UInt16) throws(SocketError) -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .last("socket") }
        do throws(SocketError) {
            set(descriptor, SOL_SOCKET, SO_REUSEADDR)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            guard inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
                throw SocketError(operation: "inet_pton", code: EINVAL)
            }
            guard withAddress(&address, { Glibc.bind(descriptor, $0, $1) }) == 0 else { throw SocketError.last("bind") }
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            guard withAddress(&address, { pointer, _ in getsockname(descriptor, pointer, &length) }) == 0 else {
                throw SocketError.last("getsockname")
            }
            return (descriptor, UInt16(bigEndian: address.sin_port))
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// The next connection with TCP_NODELAY; nil when the listener was shut down.
    static func accept(_ listener: Int32) -> Int32? {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            if descriptor >= 0 {
                // Two steps, because Glibc's module has no accept4: a child spawned in between inherits the socket.
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
                return descriptor
            }
            guard errno == EINTR || errno == ECONNABORTED else { return nil }
        }
    }

    /// A connection with TCP_NODELAY.
    static func connect(host: String, port: UInt16) throws(SocketError) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .last("socket") }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        guard withAddress(&address, { Glibc.connect(descriptor, $0, $1) }) == 0 else {
            let error = SocketError.last("connect")
            close(descriptor)
            throw error
        }
        set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
        return descriptor
    }

    /// A receive that waits longer fails with EAGAIN.
    static func setReceiveTimeout(_ descriptor: Int32, _ timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        var value = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &value, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Sends all of it; blocks while the peer does not read.
    static func send(_ bytes: [UInt8], to descriptor: Int32) throws(SocketError) {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(SocketError) in try send(buffer, to: descriptor) }
        }
        try result.get()
    }

    /// Sends all of it; blocks while the peer does not read.
    static func send(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SocketError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            } else if errno != EINTR {
                throw .last("send")
            }
        }
    }

    /// Up to `buffer.count` bytes; 0 at the end of the stream.
    static func receive(
        into buffer: UnsafeMutableRawBufferPointer,
        from descriptor: Int32
    ) throws(SocketError) -> Int {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count >= 0 { return count }
            guard errno == EINTR else { throw .last("recv") }
        }
    }

    /// Breaks the connection with RST instead of FIN. The descriptor stays valid, so another thread that is in the
    /// middle of a `send` cannot hit a descriptor that was closed and given to somebody else.
    static func reset(_ descriptor: Int32) {
        var address = sockaddr()
        address.sa_family = sa_family_t(AF_UNSPEC)
        // On Linux, connecting a TCP socket to "no address" drops its connection at once.
        _ = Glibc.connect(descriptor, &address, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// Whether the peer has closed its side (also half-closed it) or the connection is broken.
    static func isPeerGone(_ descriptor: Int32) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLIN) | Int16(POLLRDHUP), revents: 0)
        guard poll(&state, 1, 0) > 0 else { return false }
        if Int32(state.revents) & (POLLHUP | POLLERR | POLLRDHUP) != 0 { return true }
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)
    }

    /// Blocks until `isPeerGone`, at most `milliseconds` (-1: without limit). Says whether it is.
    static func waitForPeer(_ descriptor: Int32, milliseconds: Int32) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLRDHUP), revents: 0)
        while true {
            let count = poll(&state, 1, milliseconds)
            guard count < 0, errno == EINTR else { return count != 0 }
        }
    }

    /// Blocks until the peer of `descriptor` has gone (true) or `other` has something to read (false).
    static func waitForPeer(_ descriptor: Int32, orInput other: Int32) -> Bool {
        var states = [
            pollfd(fd: descriptor, events: Int16(POLLRDHUP), revents: 0),
            pollfd(fd: other, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&states, 2, -1) < 0, errno == EINTR {}
        return states[0].revents != 0
    }

    private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32) {
        var on: Int32 = 1
        setsockopt(descriptor, level, option, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func withAddress<Result>(
        _ address: inout sockaddr_in,
        _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
