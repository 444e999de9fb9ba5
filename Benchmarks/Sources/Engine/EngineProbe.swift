import Glibc

/// How fast the stub engine is without a worker: what a figure below cannot beat.
struct EngineProbe: CustomStringConvertible {
    /// Milliseconds of a tiny request and its answer.
    let roundTrip: Double
    /// Of 2,000 unpaced tokens.
    let tokensPerSecond: Double

    var description: String {
        "\(roundTrip.readable) ms a tiny request, \(tokensPerSecond.grouped) tokens/s"
    }

    static func measure() throws -> EngineProbe {
        let engine = try StubEngine()
        defer { engine.stop() }
        let socket = try ProbeSocket(port: engine.port)
        defer { socket.end() }
        let tiny = try (0..<200).map { _ in try time(Assignment(streams: true), on: socket) }
        let stream = Assignment(tokens: 2000, streams: true)
        let streams = try (0..<10).map { _ in try time(stream, on: socket) }
        return EngineProbe(
            roundTrip: try Sample(tiny).requiredMedian("round trip"),
            tokensPerSecond: Double(stream.tokens) / (try Sample(streams).requiredMedian("stream") / 1000)
        )
    }

    private static func time(_ assignment: Assignment, on socket: ProbeSocket) throws -> Double {
        let body = assignment.input(job: "probe")
        let head = "POST /api/generate HTTP/1.1\r\nHost: stub\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
        let begin = Instant.now
        try socket.send(Array((head + body).utf8))
        try socket.receive(until: Array("\r\n0\r\n\r\n".utf8))
        return Instant.now.milliseconds(since: begin)
    }
}

/// A blocking connection to a port on loopback.
private struct ProbeSocket {
    private let descriptor: Int32

    init(port: UInt16) throws(BenchmarkFailure) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { throw BenchmarkFailure("connect: \(String(cString: strerror(errno)))") }
    }

    func end() {
        close(descriptor)
    }

    func send(_ bytes: [UInt8]) throws(BenchmarkFailure) {
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw BenchmarkFailure("send: \(String(cString: strerror(errno)))")
        }
    }

    func receive(until ending: [UInt8]) throws(BenchmarkFailure) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var tail: [UInt8] = []
        while tail != ending {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw BenchmarkFailure("the stub engine closed its connection") }
            tail = Array((tail + buffer[..<count].suffix(ending.count)).suffix(ending.count))
        }
    }
}
