import Glibc
import Support
import TestSupport
import Testing

@testable import HTTPTransport

@Suite("The transfer thread", .timeLimit(.minutes(2)))
struct TransferLoopTests {
    @Test("ends when its queue is closed, and fails what it holds and what still waits")
    func ends() async throws {
        let server = try TestServer { _, connection in
            connection.waitUntilPeerGone(timeout: .seconds(60))
            connection.close()
        }
        defer { server.stop() }
        let commands = CommandQueue()
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let thread = try BlockingThread.start {
            TransferLoop.run(commands, .isolated)
            end.finish()
        }
        let request = server.request()
        let task = Task { await failure { _ = try await Self.exchange(request, through: commands).reply() } }
        #expect(await eventually { server.requestCount == 1 })
        commands.close(HTTPError(.cancelled, "over"))
        #expect(await task.value == HTTPError(.cancelled, "over"))
        for await _ in ended {}
        thread.join()
        let late = await failure { _ = try await Self.exchange(request, through: commands).reply() }
        #expect(late == HTTPError(.cancelled, "over"))
    }

    @Test("a queue that is closed before the thread runs ends it at once, and what waits in it fails")
    func closedBefore() throws {
        let commands = CommandQueue()
        let exchange = try SilentExchange(HTTPRequest("http://127.0.0.1:1/"))
        commands.post(.add(exchange))
        commands.close(HTTPError(.cancelled, "over"))
        try BlockingThread.start { TransferLoop.run(commands, .isolated) }.join()
        #expect(exchange.endings.withLock { $0 } == [HTTPError(.cancelled, "over")])
    }

    @Test("what was cancelled before the thread saw it is not sent")
    func abandonedBefore() async throws {
        try await serving { _, connection in
            try connection.respond(200)
        } _: { server, _ in
            let commands = CommandQueue()
            let abandoned = try SilentExchange(server.request("GET", "/abandoned"))
            abandoned.finish(HTTPError(.cancelled, "early"))
            commands.post(.add(abandoned))
            let thread = try BlockingThread.start { TransferLoop.run(commands, .isolated) }
            let status = try await Self.exchange(server.request(), through: commands).reply().status
            commands.close(HTTPError(.cancelled, "over"))
            thread.join()
            #expect(status == 200)
            #expect(server.requestCount == 1)
            #expect(abandoned.endings.withLock { $0 } == [HTTPError(.cancelled, "early")])
        }
    }

    @Test("the thread does not keep its client alive, so that dropping the client ends it")
    func dropped() async throws {
        weak var dropped: HTTPClient?
        do {
            let client = HTTPClient(configuration: .isolated)
            dropped = client
            #expect(await failure { _ = try await client.send(HTTPRequest("http://127.0.0.1:1/")) } != nil)
        }
        #expect(dropped == nil)
    }

    @Test("no child process inherits a connection")
    func closeOnExec() async throws {
        try await serving { _, connection in
            try connection.respond(200)
        } _: { server, client in
            _ = try await client.fetch(server.request(), upTo: 0)
            var flags: [Int32] = []
            for descriptor in 0..<Int32(4_096) where Self.port(ofPeer: descriptor) == server.port {
                flags.append(fcntl(descriptor, F_GETFD))
            }
            #expect(flags == [FD_CLOEXEC])
        }
    }

    private static func port(ofPeer descriptor: Int32) -> UInt16? {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getpeername(descriptor, $0, &length) }
        }
        return code == 0 ? UInt16(bigEndian: address.sin_port) : nil
    }

    private static func exchange(_ request: HTTPRequest, through commands: CommandQueue) throws -> WholeExchange {
        WholeExchange(request, to: try request.checked(), upTo: 0, through: commands)
    }
}

/// An exchange that nobody waits for and that keeps how it was ended.
private final class SilentExchange: Exchange {
    let request: HTTPRequest
    let origin: Origin
    let endings = Lock<[HTTPError?]>([])

    init(_ request: HTTPRequest) throws {
        self.request = request
        origin = try request.checked()
    }

    var isAbandoned: Bool { endings.withLock { !$0.isEmpty } }
    func receive(_ head: ResponseHead) {}
    func receive(_ bytes: UnsafeRawBufferPointer) -> BodyBuffer.Verdict { .taken }
    func finish(_ error: HTTPError?) { endings.withLock { $0.append(error) } }
}
