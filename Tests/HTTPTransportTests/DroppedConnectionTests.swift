import Support
import TestSupport
import Testing

@testable import HTTPTransport

@Suite("Dropped connections", .timeLimit(.minutes(2)))
struct DroppedConnectionTests {
    /// Answers with the number of the connection that the request came on.
    @Sendable private static func number(_ request: TestServer.Request, _ connection: TestServer.Connection) throws {
        try connection.respond(200, body: Array("\(connection.number)".utf8))
    }

    private static func text(_ client: HTTPClient, _ request: HTTPRequest) async throws -> String {
        String(decoding: try await client.fetch(request, upTo: 100).body, as: UTF8.self)
    }

    @Test("a kept connection is used again, and after a drop it is not")
    func fresh() async throws {
        try await serving(Self.number) { server, client in
            let first = try await Self.text(client, server.request())
            #expect(try await Self.text(client, server.request()) == first)
            client.dropConnections()
            let second = try await Self.text(client, server.request())
            #expect(second != first)
            #expect(try await Self.text(client, server.request()) == second, "the new one is kept in its turn")
        }
    }

    @Test("a request under way is answered, though its connection is not used again")
    func underWay() async throws {
        let isHeld = Lock(false)
        try await serving { request, connection in
            if request.path == "/held" {
                isHeld.withLock { $0 = true }
                blockUntil(timeout: .seconds(60), every: .milliseconds(1)) { !isHeld.withLock { $0 } }
            }
            try Self.number(request, connection)
        } _: { server, client in
            let held = Task { try await Self.text(client, server.request("GET", "/held")) }
            #expect(await eventually { isHeld.withLock { $0 } })
            client.dropConnections()
            let fresh = try await Self.text(client, server.request())
            isHeld.withLock { $0 = false }
            let old = try await held.value
            #expect(old != fresh)
            #expect(try await Self.text(client, server.request()) == fresh)
        }
    }

    @Test("a body that is being read when connections are dropped arrives whole")
    func bodies() async throws {
        let whole = noise(4 << 20)
        try await serving { _, connection in
            try connection.respond(200, body: whole)
        } _: { server, client in
            let response = try await client.send(server.request())
            client.dropConnections()
            var body: [UInt8] = []
            for try await chunk in response.body { body += chunk }
            #expect(isSame(body, whole))
        }
    }

    @Test("a drop among many requests loses none of them")
    func many() async throws {
        try await serving(Self.number) { server, client in
            let answers = Counter()
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<50 where (try? await Self.text(client, server.request())) != nil { answers.add() }
                    }
                }
                group.addTask {
                    for _ in 0..<20 {
                        client.dropConnections()
                        await Task.yield()
                    }
                }
            }
            #expect(answers.value == 400)
        }
    }

    @Test("the retired thread ends with its last request, and its connections with it")
    func retired() async throws {
        try await serving(Self.number) { server, _ in
            let first = CommandQueue()
            let second = CommandQueue()
            let threads = try [first, second].map { queue in
                try BlockingThread.start { TransferLoop.run(queue, .isolated) }
            }
            let request = server.request()
            let exchange = { WholeExchange(request, to: try request.checked(), upTo: 100, through: first) }
            _ = try await exchange().reply()
            first.retire(for: second)
            threads[0].join()
            #expect(first.isClosed)
            // Who still knows the retired queue alone is served by its successor.
            #expect(try await exchange().reply().status == 200)
            second.close(HTTPError(.cancelled, "over"))
            threads[1].join()
        }
    }

    @Test("shutting down ends the requests of dropped connections, too")
    func shutdown() async throws {
        let requests = Counter()
        try await serving { _, connection in
            requests.add()
            connection.waitUntilPeerGone(timeout: .seconds(60))
        } _: { server, client in
            let request = server.request()
            let task = Task { await failure { _ = try await client.fetch(request, upTo: 0) } }
            #expect(await eventually { requests.value == 1 })
            client.dropConnections()
            client.shutdown()
            #expect(await task.value?.code == .cancelled)
            client.dropConnections()
            #expect(await failure { _ = try await client.fetch(request, upTo: 0) }?.code == .cancelled)
        }
    }
}
