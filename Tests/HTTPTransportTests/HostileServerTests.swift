import HTTPTransport
import Support
import TestSupport
import Testing

@Suite("Servers that misbehave", .timeLimit(.minutes(2)))
struct HostileServerTests {
    /// What the server sends before it closes, and what that must be called.
    static let answers: [(name: String, bytes: String, code: HTTPError.Code)] = [
        ("nothing", "", .connectionLost),
        ("half a status line", "HTTP/1.1 20", .connectionLost),
        ("half a head", "HTTP/1.1 200 OK\r\nContent-Le", .connectionLost),
        ("no HTTP at all", "hello, who is there?\r\n\r\n", .protocolViolation),
        ("another protocol", "SSH-2.0-OpenSSH_9.2\r\n", .protocolViolation),
        ("too short a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", .connectionLost),
        (
            "an unfinished chunked body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
            .connectionLost
        ),
        (
            "a chunk size that is none", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
            .protocolViolation
        ),
        (
            "an immense chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFFF\r\n",
            .protocolViolation
        ),
        (
            "gzip that is none", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
            .protocolViolation
        ),
        ("a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", .protocolViolation),
        ("a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", .protocolViolation),
        ("only interim answers", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n", .connectionLost),
    ]

    @Test("each misbehaviour has its name, and the message names the host", arguments: answers, [true, false])
    func answer(_ answer: (name: String, bytes: String, code: HTTPError.Code), whole: Bool) async throws {
        try await serving { request, connection in
            guard request.path != "/next" else { return try connection.respond(200) }
            try connection.raw(Array(answer.bytes.utf8))
            connection.close()
        } _: { server, client in
            let error = await failure {
                if whole {
                    _ = try await client.fetch(server.request(), upTo: 1_000)
                } else {
                    _ = try await client.send(server.request()).collect(upTo: 1_000)
                }
            }
            #expect(error?.code == answer.code, "\(answer.name): \(String(describing: error))")
            #expect(error?.message.contains("127.0.0.1:\(server.port)") == true)
            let next = try await client.fetch(server.request("GET", "/next"), upTo: 0)
            #expect(next.status == 200)
        }
    }

    @Test("a reset in the middle of a body is a lost connection, after the bytes that came")
    func reset() async throws {
        let mayReset = Counter()
        try await serving { _, connection in
            try connection.raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst".utf8))
            while mayReset.value == 0 { try connection.pause() }
            connection.reset()
        } _: { server, client in
            let response = try await client.send(server.request())
            var iterator = response.body.makeAsyncIterator()
            #expect(try await iterator.next() == Array("first".utf8))
            mayReset.add()
            #expect(await failure { _ = try await response.collect(upTo: 100) }?.code == .connectionLost)
        }
    }

    @Test("bytes that came before a failure are handed out before it")
    func bytesBeforeFailure() async throws {
        try await serving { _, connection in
            try connection.raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst".utf8))
            connection.close()
        } _: { server, client in
            let response = try await client.send(server.request())
            var got: [UInt8] = []
            let error = await failure { for try await chunk in response.body { got += chunk } }
            #expect(got == Array("first".utf8))
            #expect(error?.code == .connectionLost)
        }
    }

    @Test(
        "a head without end is given up",
        arguments: ["X-Filler: 0123456789\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "x"]
    )
    func endlessHead(line: String) async throws {
        let isGone = Counter()
        try await serving { _, connection in
            do {
                try connection.raw(
                    Array(
                        (line == "x" ? "HTTP/1.1 200 OK\r\nX: " : line.hasPrefix("HTTP") ? "" : "HTTP/1.1 200 OK\r\n")
                            .utf8
                    )
                )
                while true { try connection.raw(Array(String(repeating: line, count: 100).utf8)) }
            } catch {
                isGone.add()
                throw error
            }
        } _: { server, client in
            let error = await failure { _ = try await client.send(server.request()) }
            #expect(error?.code == .tooLarge, "\(String(describing: error))")
            #expect(await eventually { isGone.value == 1 })
        }
    }

    @Test("trailers without end are given up")
    func endlessTrailers() async throws {
        try await serving { _, connection in
            try connection.raw(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n".utf8))
            while true { try connection.raw(Array(String(repeating: "T: 0123456789\r\n", count: 100).utf8)) }
        } _: { server, client in
            let error = await failure { _ = try await client.fetch(server.request(), upTo: 1) }
            #expect(error?.code == .tooLarge, "\(String(describing: error))")
        }
    }

    @Test("a head of the allowed size arrives whole")
    func largeHead() async throws {
        let value = String(repeating: "v", count: 6_000)
        let headers = (0..<10).map { ("X-\($0)", value) }
        try await serving { _, connection in
            try connection.respond(200, headers: headers)
        } _: { server, client in
            let reply = try await client.fetch(server.request(), upTo: 0)
            for (name, value) in headers { #expect(reply.headers[name] == value) }
        }
    }

    @Test("a body without end is cut at the limit, and the connection closed", arguments: [true, false])
    func endlessBody(whole: Bool) async throws {
        let isGone = Counter()
        let piece = [UInt8](repeating: 1, count: 10_000)
        try await serving { _, connection in
            do {
                try connection.beginChunked(200)
                while true { try connection.chunk(piece) }
            } catch {
                isGone.add()
                throw error
            }
        } _: { server, client in
            let error = await failure {
                if whole {
                    _ = try await client.fetch(server.request(), upTo: 1_000_000)
                } else {
                    _ = try await client.send(server.request()).collect(upTo: 1_000_000)
                }
            }
            #expect(error?.code == .tooLarge)
            #expect(await eventually { isGone.value == 1 })
        }
    }

    @Test("NUL bytes and bytes that are no UTF-8 do no harm")
    func strangeBytes() async throws {
        let body: [UInt8] = [0, 0xC3, 0x28, 0xFF, 0, 0]
        try await serving { _, connection in
            try connection.raw(
                Array("HTTP/1.1 200 OK\r\nX-Odd: a".utf8) + [0xFF, 0xFE] + Array("b\r\nContent-Length: 6\r\n\r\n".utf8)
                    + body
            )
        } _: { server, client in
            let reply = try await client.fetch(server.request(), upTo: 6)
            #expect(reply.body == body)
            #expect(reply.headers["X-Odd"]?.hasPrefix("a") == true)
        }
    }
}
