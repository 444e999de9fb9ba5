import Glibc
import Support
import TestSupport
import Testing

@testable import HTTPTransport

@Suite("Requests that may not go everywhere", .timeLimit(.minutes(2)))
struct AddressRuleTests {
    @Test("a server of this machine is reached by default and refused to a guarded request, which never connects")
    func loopback() async throws {
        try await serving(Self.answer) { server, client in
            let error = await failure { _ = try await client.fetch(server.request().guarded(), upTo: 10) }
            #expect(error?.code == .forbiddenAddress)
            let authority = "127.0.0.1:\(server.port)"
            #expect(
                error?.message
                    == "\(authority) leads to a loopback address (127.0.0.0/8), "
                    + "and this request may go to public addresses only"
            )
            let streamed = await failure { _ = try await client.send(server.request().guarded()) }
            #expect(streamed?.code == .forbiddenAddress)
            #expect(server.connectionCount == 0)
            let free = try await client.fetch(server.request(), upTo: 10)
            #expect(free.status == 200)
        }
    }

    @Test(
        "names and notations of this machine's own addresses are refused: the socket's address is what is looked at",
        arguments: [
            "localhost", "LOCALHOST.", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.1", "127.000.000.001",
            "0", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::]",
            "[::127.0.0.1]", "127.0.0.1.", "%31%32%37.0.0.1", "①②⑦.⓪.⓪.①",
        ]
    )
    func notations(host: String) async throws {
        try await serving(Self.answer) { server, client in
            let url = "http://\(host):\(server.port)/"
            let error = await failure { _ = try await client.fetch(HTTPRequest(url).guarded(), upTo: 10) }
            // The odd ones may also be no host at all to this libcurl; but none of them gets through.
            let refusals: [HTTPError.Code] = [.forbiddenAddress, .couldNotResolve, .invalidRequest]
            #expect(error.map { refusals.contains($0.code) } == true)
            if ["localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"].contains(host) {
                #expect(error?.code == .forbiddenAddress)
            }
            #expect(server.connectionCount == 0)
        }
    }

    @Test("a redirect to a forbidden address is refused")
    func redirect() async throws {
        let inner = try TestServer(host: "127.0.0.2", handler: Self.answer)
        defer { inner.stop() }
        let target = inner.url
        try await serving { _, connection in
            try connection.respond(302, headers: [("Location", target)])
        } _: { server, client in
            var request = server.request().guarded(by: .not("127.0.0.2"))
            request.followsRedirects = true
            let error = await failure { _ = try await client.fetch(request, upTo: 10) }
            #expect(error?.code == .forbiddenAddress)
            #expect(server.requestCount == 1)
            #expect(inner.connectionCount == 0)
        }
    }

    @Test("a redirect does not get in over a kept connection of another request")
    func redirectToKeptConnection() async throws {
        let inner = try TestServer(host: "127.0.0.2", handler: Self.answer)
        defer { inner.stop() }
        let target = inner.url
        try await serving { _, connection in
            try connection.respond(302, headers: [("Location", target)])
        } _: { server, client in
            // Leaves a connection in the pool, and shows that the pool gives it out.
            _ = try await client.fetch(inner.request(), upTo: 10)
            _ = try await client.fetch(inner.request(), upTo: 10)
            #expect(inner.connectionCount == 1)
            var request = server.request().guarded(by: .not("127.0.0.2"))
            request.followsRedirects = true
            let error = await failure { _ = try await client.fetch(request, upTo: 10) }
            #expect(error?.code == .forbiddenAddress)
            #expect(inner.requestCount == 2)
        }
    }

    @Test("a guarded request takes no kept connection and leaves none")
    func pool() async throws {
        try await serving(Self.answer) { server, client in
            _ = try await client.fetch(server.request(), upTo: 10)
            let refused = await failure { _ = try await client.fetch(server.request().guarded(), upTo: 10) }
            #expect(refused?.code == .forbiddenAddress)
            #expect(server.requestCount == 1)

            let allowed = server.request().guarded(by: .not("127.0.0.2"))
            _ = try await client.fetch(allowed, upTo: 10)
            _ = try await client.fetch(allowed, upTo: 10)
            #expect(server.connectionCount == 3)
            _ = try await client.fetch(server.request(), upTo: 10)
            #expect(server.connectionCount == 3)
        }
    }

    @Test("the rule ends with its request: the next one on the same handle is free")
    func handleIsClean() async throws {
        try await serving(Self.answer) { server, client in
            for _ in 0..<3 {
                _ = await failure { _ = try await client.fetch(server.request().guarded(), upTo: 10) }
                let free = try await client.fetch(server.request(), upTo: 10)
                #expect(free.status == 200)
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test("no proxy takes a guarded request further")
    func proxy() async throws {
        let proxy = try TestServer(handler: Self.answer)
        defer { proxy.stop() }
        var configuration = HTTPClient.Configuration.isolated
        configuration.environment = ["http_proxy": proxy.url]
        try await serving(Self.answer, configuration: configuration) { server, client in
            _ = try await client.fetch(server.request(), upTo: 10)
            #expect(proxy.requestCount == 1)
            let error = await failure { _ = try await client.fetch(server.request().guarded(), upTo: 10) }
            #expect(error?.code == .forbiddenAddress)
            _ = try await client.fetch(server.request().guarded(by: .not("127.0.0.2")), upTo: 10)
            #expect(proxy.requestCount == 1)
            #expect(server.requestCount == 1)
        }
    }

    @Test("credentials in a guarded URL are refused, and not repeated")
    func credentials() async throws {
        let client = HTTPClient(configuration: .isolated)
        defer { client.shutdown() }
        for url in ["http://user:secret@127.0.0.1/", "http://secret@example.com/", "http://@example.com/"] {
            let error = await failure { _ = try await client.fetch(HTTPRequest(url).guarded(), upTo: 10) }
            #expect(error?.code == .invalidRequest)
            #expect(error?.message.contains("secret") == false)
        }
    }

    @Sendable private static func answer(_ request: TestServer.Request, _ connection: TestServer.Connection) throws {
        try connection.respond(200, body: Array("hello".utf8))
    }
}

extension HTTPRequest {
    fileprivate func guarded(by rule: AddressRule = .publicOnly) -> HTTPRequest {
        var request = self
        request.addresses = rule
        return request
    }
}

extension AddressRule {
    /// Refuses one address of this machine, so that there is another one to come from.
    fileprivate static func not(_ address: String) -> AddressRule {
        let forbidden = IPAddress(address)
        return AddressRule { $0 == forbidden ? "the address that this test refuses" : nil }
    }
}
