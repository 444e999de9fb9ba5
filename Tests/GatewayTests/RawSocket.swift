import Glibc
import TestSupport

struct Broken: Error {}

/// A bare connection, for what a well-behaved client does not do.
final class RawSocket: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Broken() }
    }

    func write(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw Broken() }
    }

    /// Reads until `end` has come or the peer has closed, without keeping a thread waiting.
    func read(until end: String) async throws -> String {
        var bytes: [UInt8] = []
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                bytes += buffer[..<count]
                if String(decoding: bytes, as: UTF8.self).contains(end) { break }
            } else if count == 0 {
                break
            } else {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Everything up to the end of the connection, orderly or not.
    func readToEnd() async throws -> String {
        try await blocking { [descriptor] in
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 65536)
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { bytes += buffer[..<count] }
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// Blocks for at least one byte and says how many came, up to `maximum`; 0 at the end.
    func readSome(_ maximum: Int) -> Int {
        var buffer = [UInt8](repeating: 0, count: maximum)
        return recv(descriptor, &buffer, maximum, Int32(MSG_WAITALL))
    }

    /// Whether the server's end is still open, as the kernel sees it: we would not be told before we have read all that
    /// it sent.
    var isConnected: Bool {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        let ours = UInt16(bigEndian: address.sin_port)
        let table = (try? Fixture.bytes(of: "/proc/net/tcp")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return table.split(separator: "\n").contains { line in
            // number, local address, remote address, state: 01 is ESTABLISHED.
            let fields = line.split(separator: " ")
            guard fields.count > 3, let remote = fields[2].split(separator: ":").last else { return false }
            return UInt16(remote, radix: 16) == ours && fields[3] == "01"
        }
    }

    /// Says that nothing more comes, and still listens.
    func endInput() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    func close() {
        Glibc.close(descriptor)
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        Glibc.close(descriptor)
    }
}
