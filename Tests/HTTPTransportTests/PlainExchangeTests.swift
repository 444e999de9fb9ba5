import HTTPTransport
import Support
import TestSupport
import Testing

@Suite("Ordinary exchanges", .timeLimit(.minutes(2)))
struct PlainExchangeTests {
    @Test("fetch and send give status, headers and body")
    func answer() async throws {
        try await serving { _, connection in
            try connection.respond(
                207,
                headers: [("X-Mixed-Case", " padded "), ("Twice", "1"), ("twice", "2")],
                body: Array("body".utf8)
            )
        } _: { server, client in
            let reply = try await client.fetch(server.request(), upTo: 100)
            #expect(reply.status == 207)
            #expect(reply.headers["x-mixed-case"] == "padded")
            #expect(reply.headers.values(of: "TWICE") == ["1", "2"])
            #expect(reply.headers.contains { $0.name == "X-Mixed-Case" })
            #expect(reply.body == Array("body".utf8))
            let response = try await client.send(server.request())
            #expect(response.status == 207)
            #expect(response.headers["TWICE"] == "1")
            #expect(try await response.collect(upTo: 4) == Array("body".utf8))
        }
    }

    @Test(
        "method, path, headers and body arrive as given",
        arguments: ["GET", "POST", "PUT", "DELETE", "PATCH", "PURGE"]
    )
    func request(method: String) async throws {
        let seen = Lock<TestServer.Request?>(nil)
        try await serving { request, connection in
            seen.withLock { $0 = request }
            try connection.respond(200)
        } _: { server, client in
            var request = server.request(method, "/a%20b?q=1&r=%2F", body: [0, 1, 0xFF, 0, 13, 10])
            request.headers = [("Authorization", "secret"), ("X-Empty", ""), ("X-Twice", "1"), ("X-Twice", "2")]
            _ = try await client.fetch(request, upTo: 0)
            let got = try #require(seen.withLock { $0 })
            #expect(got.method == method)
            #expect(got.target == "/a%20b?q=1&r=%2F")
            #expect(got.body == [0, 1, 0xFF, 0, 13, 10])
            #expect(got.header("Content-Length") == "6")
            #expect(got.header("Authorization") == "secret")
            #expect(got.header("X-Empty") == "")
            #expect(got.headers.filter { $0.name == "X-Twice" }.map(\.value) == ["1", "2"])
            #expect(got.header("User-Agent") == "kindling")
            #expect(got.header("Accept-Encoding")?.contains("gzip") == true)
            #expect(got.header("Expect") == nil)
            #expect(got.header("Content-Type") == nil)
        }
    }

    @Test(
        "a method that means a body says how long it is, also when there is none",
        arguments: [("POST", "0"), ("PUT", "0"), ("GET", nil), ("DELETE", nil)] as [(String, String?)]
    )
    func emptyBody(method: String, length: String?) async throws {
        let seen = Lock<[String?]>([])
        try await serving { request, connection in
            seen.withLock { $0.append(request.header("Content-Length")) }
            try connection.respond(200)
        } _: { server, client in
            _ = try await client.fetch(server.request(method), upTo: 0)
            _ = try await client.fetch(server.request(method, body: []), upTo: 0)
            #expect(seen.withLock { $0 } == [length, "0"])
        }
    }

    @Test("a request's own User-Agent, Accept and Content-Type replace the transport's")
    func ownHeaders() async throws {
        let seen = Lock<[String]>([])
        try await serving { request, connection in
            let wanted = ["user-agent", "accept", "content-type"]
            let lines = request.headers.filter { wanted.contains($0.name.lowercased()) }.map {
                "\($0.name)=\($0.value)"
            }
            seen.withLock { $0 = lines.sorted() }
            try connection.respond(200)
        } _: { server, client in
            var request = server.request("POST", body: [1])
            request.headers = [("User-Agent", "me"), ("Accept", "text/plain"), ("content-type", "a/b")]
            _ = try await client.fetch(request, upTo: 0)
            #expect(seen.withLock { $0 } == ["Accept=text/plain", "User-Agent=me", "content-type=a/b"])
        }
    }

    @Test("a hundred requests in a row use one connection")
    func keepAlive() async throws {
        try await serving { request, connection in
            try connection.respond(200, body: request.body)
        } _: { server, client in
            for index in 0..<50 {
                _ = try await client.fetch(server.request("POST", body: [UInt8(index)]), upTo: 1)
                _ = try await client.send(server.request()).collect(upTo: 0)
            }
            #expect(server.requestCount == 100)
            #expect(server.connectionCount == 1)
        }
    }

    @Test("64 at once each get their own answer, over at most 64 connections")
    func parallel() async throws {
        try await serving { request, connection in
            try connection.respond(200, body: request.body)
        } _: { server, client in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for lane in 0..<64 {
                    group.addTask {
                        for turn in 0..<20 {
                            let body = Array("\(lane)/\(turn)".utf8)
                            let reply = try await client.fetch(server.request("POST", body: body), upTo: 100)
                            guard reply.body == body else { return false }
                        }
                        return true
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(server.requestCount == 64 * 20)
            #expect(server.connectionCount <= 64)
        }
    }

    @Test("20 MB go up and come down unchanged", arguments: [true, false])
    func large(whole: Bool) async throws {
        let bytes = noise(20_000_000)
        try await serving { request, connection in
            // A client that expects a "100 Continue" would lose up to a second to a server that does not know it.
            guard request.header("Expect") == nil else { return try connection.respond(417) }
            try connection.respond(200, body: request.body)
        } _: { server, client in
            let request = server.request("PUT", body: bytes)
            let back =
                whole
                ? try await client.fetch(request, upTo: bytes.count).body
                : try await client.send(request).collect(upTo: bytes.count)
            #expect(isSame(back, bytes))
        }
    }

    @Test("bodies around the size where sending changes", arguments: [65_535, 65_536, 65_537, 131_072])
    func bodySizes(count: Int) async throws {
        let bytes = noise(count)
        try await serving { request, connection in
            try connection.respond(200, body: request.body)
        } _: { server, client in
            let reply = try await client.fetch(server.request("POST", body: bytes), upTo: count)
            #expect(reply.body == bytes)
        }
    }

    @Test("204, 304 and HEAD have a head and no body, and the connection lives on", arguments: ["204", "304", "HEAD"])
    func noBody(kind: String) async throws {
        try await serving { request, connection in
            switch kind {
            case "HEAD": try connection.respond(200, headers: [("X", "1")], body: Array("not sent".utf8))
            default: try connection.raw(Array("HTTP/1.1 \(kind) None\r\nX: 1\r\n\r\n".utf8))
            }
        } _: { server, client in
            for _ in 0..<2 {
                let response = try await client.send(server.request(kind == "HEAD" ? "HEAD" : "GET"))
                #expect(response.status == Int(kind) ?? 200)
                #expect(response.headers["x"] == "1")
                #expect(try await response.collect(upTo: 0) == [])
            }
            #expect(server.connectionCount == 1)
        }
    }

    @Test("interim answers are passed over, trailers are not headers")
    func interimAndTrailers() async throws {
        try await serving { _, connection in
            let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            let answer = "HTTP/1.1 200 OK\r\nReal: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
            try connection.raw(Array((interim + answer + "2\r\nhi\r\n0\r\nTrailer: 1\r\n\r\n").utf8))
        } _: { server, client in
            for _ in 0..<2 {
                let response = try await client.send(server.request())
                #expect(response.status == 200)
                #expect(response.headers["Real"] == "1")
                #expect(response.headers["Link"] == nil)
                #expect(response.headers["Trailer"] == nil)
                #expect(try await response.collect(upTo: 2) == Array("hi".utf8))
            }
            #expect(server.connectionCount == 1)
        }
    }

    /// 1,000 times the letter a, by `gzip -9`.
    private static let thousand: [UInt8] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x4b, 0x4c, 0x1c, 0x05, 0xa3, 0x60, 0x14, 0x0c,
        0x77, 0x00, 0x00, 0x03, 0xda, 0x38, 0x9a, 0xe8, 0x03, 0x00, 0x00,
    ]

    @Test("a gzip body comes inflated, and the limit counts inflated bytes")
    func gzip() async throws {
        try await serving { _, connection in
            try connection.respond(200, headers: [("Content-Encoding", "gzip")], body: Self.thousand)
        } _: { server, client in
            let plain = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000)
            let reply = try await client.fetch(server.request(), upTo: 1_000)
            #expect(reply.body == plain)
            #expect(try await client.send(server.request()).collect(upTo: 1_000) == plain)
            #expect(await failure { _ = try await client.fetch(server.request(), upTo: 999) }?.code == .tooLarge)
        }
    }

    @Test("a redirect is an answer unless it is to be followed", arguments: [false, true])
    func redirect(follows: Bool) async throws {
        try await serving { request, connection in
            switch request.path {
            case "/": try connection.respond(302, headers: [("Location", "/there")], body: Array("moved".utf8))
            default: try connection.respond(200, headers: [("Here", "1")], body: Array("found".utf8))
            }
        } _: { server, client in
            var request = server.request()
            request.followsRedirects = follows
            let response = try await client.send(request)
            #expect(response.status == (follows ? 200 : 302))
            #expect(response.headers["Location"] == (follows ? nil : "/there"))
            #expect(try await response.collect(upTo: 5) == Array((follows ? "found" : "moved").utf8))
        }
    }

    @Test("a body of any size is sent again where a redirect asks for it", arguments: [10, 100_000])
    func redirectedBody(count: Int) async throws {
        try await serving { request, connection in
            switch request.path {
            case "/": try connection.respond(307, headers: [("Location", "/there")])
            default: try connection.respond(200, body: request.body)
            }
        } _: { server, client in
            var request = server.request("POST", body: noise(count))
            request.followsRedirects = true
            let reply = try await client.fetch(request, upTo: count)
            #expect(isSame(reply.body, noise(count)))
        }
    }

    @Test("a redirect leads to no other protocol", arguments: ["ftp", "file", "gopher"])
    func foreignRedirect(scheme: String) async throws {
        let port = try freePort()
        try await serving { _, connection in
            try connection.respond(302, headers: [("Location", "\(scheme)://127.0.0.1:\(port)/etc/passwd")])
        } _: { server, client in
            var request = server.request()
            request.followsRedirects = true
            let following = request
            let error = await failure { _ = try await client.fetch(following, upTo: 1_000_000) }
            // libcurl refuses `file` by its form already, the others as protocols.
            let expected: HTTPError.Code = scheme == "file" ? .invalidRequest : .protocolViolation
            #expect(error?.code == expected, "\(String(describing: error))")
        }
    }

    @Test("a kept connection that dies under a half-sent body is replaced unseen", arguments: [true, false])
    func dyingConnection(byReset: Bool) async throws {
        let mayReset = Counter()
        try await serving { request, connection in
            try connection.respond(200, body: Array("\(request.body.count)".utf8))
            guard request.body.isEmpty else { return }
            while mayReset.value == 0 { try connection.pause() }
            if byReset { connection.reset() } else { connection.close() }
        } _: { server, client in
            _ = try await client.fetch(server.request(), upTo: 10)
            // More than the kernel's buffers take, so that it is on its way when the connection ends.
            let upload = Task { try await client.fetch(server.request("POST", body: noise(50_000_000)), upTo: 10) }
            try await Task.sleep(for: .milliseconds(300))
            mayReset.add()
            let reply = try await upload.value
            #expect(reply.body == Array("50000000".utf8))
            #expect(server.connectionCount == 2)
        }
    }

    @Test("a kept connection that died in between is replaced unseen, whatever the size of the body")
    func deadConnection() async throws {
        try await serving { request, connection in
            try connection.respond(200, body: request.body)
            connection.close()
        } _: { server, client in
            for turn in 0..<40 {
                let body = noise(turn.isMultiple(of: 2) ? 10 : 100_000)
                let reply = try await client.fetch(server.request("POST", body: body), upTo: body.count)
                #expect(reply.body == body)
            }
            #expect(server.requestCount >= 40)
        }
    }
}
