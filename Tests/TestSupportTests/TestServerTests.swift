import Glibc
import Support
import TestSupport
import Testing

/// What other tests rely on when they use `TestServer`.
struct TestServerTests {
    @Test func aConnectionServesManyRequests() async throws {
        try await blocking {
            let server = try TestServer { request, connection in
                try connection.respond(200, body: Array("\(request.method) \(request.target)".utf8))
            }
            defer { server.stop() }
            let client = try WireClient(port: server.port)
            for number in 0..<3 {
                try client.send("GET", "/\(number)")
                #expect(try client.readResponse().text == "GET /\(number)")
            }
            #expect(server.connectionCount == 1)
            #expect(server.requestCount == 3)
        }
    }

    @Test func itReadsBodiesOfBothFramingsInAnyPieces() async throws {
        try await blocking {
            let server = try TestServer { request, connection in
                try connection.respond(
                    200,
                    headers: [("X-Type", request.header("cOnTeNt-TyPe") ?? "")],
                    body: request.body
                )
            }
            defer { server.stop() }
            let long = String(repeating: "0123456789", count: 20_000)
            let head = "POST /x HTTP/1.1\r\nHost: x\r\nContent-Type: a/b\r\n"
            let requests = [
                "\(head)Content-Length: \(long.utf8.count)\r\n\r\n\(long)",
                "\(head)Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: t\r\n\r\n",
            ]
            for (request, body) in zip(requests, [long, "hello world"]) {
                let client = try WireClient(port: server.port)
                try client.send(String(request.prefix(30)))
                usleep(20_000)
                try client.send(String(request.dropFirst(30)))
                let response = try client.readResponse()
                #expect(response.text == body)
                #expect(response.header("x-type") == "a/b")
            }
        }
    }

    @Test func aTargetIsTakenApart() async throws {
        try await blocking {
            let server = try TestServer { request, connection in
                let values = ["a", "b", "empty", "none"].map { request.query[$0] ?? "-" }
                try connection.respond(200, body: Array("\(request.path) \(values)".utf8))
            }
            defer { server.stop() }
            let answer = try WireClient.exchange(port: server.port, "GET", "/p%20q?a=1&b=x%2By+z&empty=")
            #expect(answer.text == #"/p%20q ["1", "x+y z", "", "-"]"#)
        }
    }

    @Test func everyWayToEndAnAnswerIsSeenAsSuch() async throws {
        try await blocking {
            let server = try TestServer { request, connection in
                switch request.path {
                case "/whole":
                    try connection.beginChunked(200)
                    try connection.chunk(Array("a".utf8))
                    try connection.chunk([])
                    try connection.chunk(Array("bc".utf8))
                    try connection.endChunked()
                case "/unfinished":
                    try connection.beginChunked(200)
                    try connection.chunk(Array("a".utf8))
                case "/throws": throw CancellationError()
                case "/close": connection.close()
                default: break
                }
            }
            defer { server.stop() }
            let whole = try WireClient.exchange(port: server.port, "GET", "/whole")
            #expect(whole.end == .lastChunk)
            #expect(whole.chunks == [Array("a".utf8), Array("bc".utf8)])
            #expect(try WireClient.exchange(port: server.port, "GET", "/unfinished").end == .cut)
            for path in ["/throws", "/close", "/nothing"] {
                #expect(try WireClient.exchange(port: server.port, "GET", path).end == .noAnswer)
            }
        }
    }

    @Test func aResetIsAResetAtTheClient() async throws {
        try await blocking {
            let server = try TestServer { _, connection in
                try connection.beginChunked(200)
                connection.reset()
                connection.waitUntilPeerGone()
            }
            defer { server.stop() }
            let client = try WireClient(port: server.port)
            try client.send("GET", "/")
            let error = #expect(throws: SocketError.self) {
                // The head may still come through before the reset does.
                _ = try client.readHead()
                _ = try client.readChunk()
            }
            #expect(error?.code == ECONNRESET)
        }
    }

    @Test func aHandlerSeesThatItsClientHasGone() async throws {
        try await blocking {
            let seen = Lock<[Bool]>([])
            let server = try TestServer { _, connection in
                let before = connection.isPeerGone()
                connection.waitUntilPeerGone()
                let after = connection.isPeerGone()
                seen.withLock { $0 = [before, after] }
            }
            defer { server.stop() }
            var client: WireClient? = try WireClient(port: server.port)
            try client?.send("GET", "/")
            #expect(blockUntil { server.requestCount == 1 })
            client = nil
            #expect(blockUntil { seen.withLock { $0 } == [false, true] })
        }
    }

    @Test func stoppingWakesHandlersAndReadersAndClosesThePort() async throws {
        try await blocking {
            let server = try TestServer { _, connection in
                connection.waitUntilPeerGone()
            }
            let idle = try WireClient(port: server.port)
            let busy = try WireClient(port: server.port)
            try busy.send("GET", "/")
            #expect(blockUntil { server.requestCount == 1 && server.connectionCount == 2 })
            server.stop()
            server.stop()
            #expect(try idle.readHead() == nil)
            #expect(try busy.readHead() == nil)
            #expect(throws: SocketError.self) { try WireClient(port: server.port) }
        }
    }
}

struct HelperTests {
    @Test func blockingCodeRunsInTheSameTaskAndThrowsThrough() async throws {
        let test = Test.current
        try await blocking { #expect(Test.current == test) }
        await #expect(throws: CancellationError.self) { try await blocking { throw CancellationError() } }
    }

    @Test func aFolderGoesWithAllThatIsInIt() throws {
        let folder = try TemporaryFolder()
        try folder.write("a/b/c", Array("text".utf8))
        #expect(symlink("/", folder.path("a/link")) == 0)
        #expect(try Fixture.bytes(of: folder.path("a/b/c")) == Array("text".utf8))
        folder.remove()
        #expect(access(folder.path, F_OK) != 0)
        #expect(access("/proc", F_OK) == 0)
    }

    @Test func eventuallyGivesUp() async throws {
        #expect(await eventually(timeout: .milliseconds(20)) { false } == false)
        let count = Lock(0)
        let isThird = {
            count.withLock { count in
                count += 1
                return count == 3
            }
        }
        #expect(await eventually { isThird() })
    }

    @Test func aProgramRunsInAGroupOfItsOwnAndItsOutputsAreKept() async throws {
        try await blocking {
            let program = try RunningProgram(
                "/bin/sh",
                ["-c", "echo out; echo $A >&2; exit 3"],
                environment: ["A": "err"]
            )
            #expect(program.waitForEnd() == .exited(3))
            #expect(program.standardOutput == "out\n")
            #expect(program.standardError == "err\n")
            let sleeper = try RunningProgram("/bin/sleep", ["600"])
            #expect(getpgid(sleeper.pid) == sleeper.pid)
            sleeper.killGroup()
            #expect(sleeper.waitForEnd() == .signalled(SIGKILL))
        }
    }
}
