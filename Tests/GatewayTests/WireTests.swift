import Gateway
import JSON
import TestSupport
import Testing

/// Bytes that no well-behaved client sends.
@Suite(.timeLimit(.minutes(2)))
struct WireTests {
    private static let get = "GET /health HTTP/1.1\r\nHost: localhost\r\n"
    private static let post = "POST /run HTTP/1.1\r\nHost: localhost\r\n"
    private static let chunked = "c\r\n{\"input\":{}}\r\n0\r\n\r\n"
    private static let openAI = "POST /openai/v1/completions HTTP/1.1\r\nHost: localhost\r\n"

    /// One refusal, and nothing of what follows it is taken for a request.
    @Test(
        arguments: [
            // Two readers could see different ends of the body.
            (post + "Content-Length: 12\r\nContent-Length: 12\r\n\r\n{\"input\":{}}", 400),
            (post + "Content-Length: 12\r\nContent-Length: 3\r\n\r\n{\"input\":{}}", 400),
            (post + "Content-Length: 12, 12\r\n\r\n{\"input\":{}}", 400),
            (post + "Content-Length: +12\r\n\r\n{\"input\":{}}", 400),
            (post + "Content-Length: -1\r\n\r\n", 400),
            (post + "Content-Length: 0x0c\r\n\r\n{\"input\":{}}", 400),
            (post + "Content-Length: 99999999999999999999\r\n\r\n{\"input\":{}}", 400),
            (post + "Content-Length: 12\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked, 400),
            (post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunked, 400),
            (post + "Transfer-Encoding: xchunked\r\n\r\n" + chunked, 501),
            (post + "Transfer-Encoding: gzip, chunked\r\n\r\n" + chunked, 501),
            (post + "Transfer-Encoding: identity\r\n\r\n", 501),
            (post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n" + chunked, 400),
            (post + "Transfer-Encoding : chunked\r\n\r\n" + chunked, 400),
            (post + "Transfer-Encoding:\r\n chunked\r\n\r\n" + chunked, 400),
            (post + "Transfer-Encoding: chunked\r\n\r\nc\n{\"input\":{}}\n0\n\n", 400),
            (post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400),
            (post + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400),
            (post + "Transfer-Encoding: chunked\r\n\r\nc\r\n{\"input\":{}}XX\r\n0\r\n\r\n", 400),
            // Two readers could see different headers.
            (get + "X: a\r\n folded\r\n\r\n", 400), ("GET /health HTTP/1.1\r\n\tX: a\r\n\r\n", 400),
            ("GET /health HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n", 400), (get + "X: a\rb\r\n\r\n", 400),
            (get + "X: a\0b\r\n\r\n", 400), (get + "X Y: a\r\n\r\n", 400), (get + ": a\r\n\r\n", 400),
            (get + "Host: evil.example\r\n\r\n", 400),
            // No request at all.
            ("get /health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400), ("NONSENSE\r\n\r\n", 400),
            ("GET /\0 HTTP/1.1\r\n\r\n", 400), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400), ("GET / HTTP/9\r\n\r\n", 505),
            ("\u{16}\u{3}\u{1}\0\u{5}\u{1}\0\0\u{1}", 400),
        ] as [(String, Int)]
    )
    func ambiguousRequestsAreRefusedAndEndTheConnection(bytes: String, status: Int) async throws {
        try await Harness.run { harness in
            let answer = try await harness.wire { client in
                try client.send(bytes + Self.post + "Content-Length: 12\r\n\r\n{\"input\":{}}")
                let answer = try client.readResponse()
                #expect(try client.readLine() == nil, "one answer and no more")
                return answer
            }
            #expect(answer.status == status)
            #expect(answer.header("Content-Type") == "application/json")
            #expect(answer.header("Connection") == "close")
            #expect(try JSON(parsing: answer.body)["error"]?.string?.isEmpty == false)
            #expect(try await harness.health("jobs", "inQueue") == 0)
        }
    }

    @Test(
        arguments: [
            get + "X: \(String(repeating: "a", count: 100_000))\r\n\r\n",
            get + (0..<100).map { "X\($0): \(String(repeating: "a", count: 1000))\r\n" }.joined() + "\r\n",
            get + (0..<1000).map { "X\($0): a\r\n" }.joined() + "\r\n",
            "GET /\(String(repeating: "a", count: 1_000_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ]
    )
    func headersHaveALimitThatTheAnswerNames(bytes: String) async throws {
        try await Harness.run { harness in
            let answer = try await harness.wire { client in
                try client.send(bytes)
                return try client.readResponse()
            }
            #expect(answer.status == 431)
            #expect(answer.text.contains("32768 bytes and 100 headers"))
        }
    }

    @Test func whatIsBrokenBehindAHeldRequestIsAnsweredAfterIt() async throws {
        try await Harness.run({ $0.queue.hold = .milliseconds(300) }) { harness in
            let statuses = try await harness.wire { client in
                try client.send("GET /v2/local/job-take/w HTTP/1.1\r\nHost: localhost\r\n\r\nGARBAGE\r\n\r\n")
                return [try client.readResponse().status, try client.readResponse().status]
            }
            #expect(statuses == [204, 400])
        }
    }

    @Test func aBodyThatBreaksIsAnsweredInItsRoutesShape() async throws {
        try await Harness.run { harness in
            let answer = try await harness.wire { client in
                try client.send(Self.openAI + "Transfer-Encoding: chunked\r\n\r\nzz\r\n")
                return try client.readResponse()
            }
            #expect(answer.status == 400)
            #expect(try JSON(parsing: answer.body)["error"]?["type"] == "invalid_request_error")
            #expect(try await harness.health("jobs", "inQueue") == 0)
        }
    }

    /// What was valid JSON already when the sender died is half of what he meant.
    @Test func aBodyThatEndsTooEarlyIsNoJob() async throws {
        try await Harness.run { harness in
            try await harness.wire { client in
                try client.send(Self.post + "Content-Length: 20\r\n\r\n{\"input\":{}}")
            }
            let socket = try RawSocket(port: harness.port)
            try socket.write(Self.post + "Content-Length: 20\r\n\r\n{\"input\":{}}")
            socket.endInput()
            #expect(try await socket.read(until: "}").hasPrefix("HTTP/1.1 400"))
            socket.close()
            #expect(try await harness.health("jobs", "inQueue") == 0)
        }
    }

    @Test(arguments: ["Connection: Upgrade\r\nUpgrade: websocket\r\n", "Connection: keep-alive, Close\r\n"])
    func nothingIsReadAfterALastRequest(headers: String) async throws {
        try await Harness.run { harness in
            try await harness.wire { client in
                try client.send(Self.get + headers + "\r\n" + Self.post + "Content-Length: 12\r\n\r\n{\"input\":{}}")
                let answer = try client.readResponse()
                #expect(answer.status == 200)
                #expect(answer.header("Connection") == "close")
                #expect(try client.readLine() == nil)
            }
            #expect(try await harness.health("jobs", "inQueue") == 0)
        }
    }

    @Test func nobodyReadsABodyWithoutEndToItsEnd() async throws {
        try await Harness.run({ $0.limits.run = 1000 }) { harness in
            let answer = try await harness.wire { client in
                try client.send(Self.post + "Transfer-Encoding: chunked\r\n\r\n")
                let chunk = "8000\r\n" + String(repeating: "x", count: 32768) + "\r\n"
                var sent = 0
                // 3 GB, if the connection were not ended.
                while sent < 100_000, (try? client.send(chunk)) != nil { sent += 1 }
                #expect(sent < 100_000)
                return try? client.readResponse()
            }
            // A sender that goes on for longer than the lingering may lose the answer to the reset.
            #expect(answer == nil || answer?.status == 413)
            let calm = try await harness.wire { client in
                try client.send(Self.post + "Content-Length: 5000000000\r\n\r\n")
                let answer = try client.readResponse()
                #expect(try client.readLine() == nil)
                return answer
            }
            #expect(calm.status == 413)
            #expect(calm.header("Connection") == "close")
        }
    }

    @Test(
        arguments: [
            ("{\"input\": \"\u{0}", "byte"), ("{\"input\": " + String(repeating: "[", count: 200), "byte"),
            ("{\"input\": nul}", "byte"),
        ]
    )
    func badJSONIsAnsweredWithItsPlace(body: String, word: String) async throws {
        try await Harness.run { harness async throws in
            for path in ["/run", "/openai/v1/completions"] {
                let answer = try await harness.send("POST", path, Array(body.utf8))
                #expect(answer.status == 400)
                #expect(answer.error.contains(word), "\(answer.text)")
            }
            let invalid = try await harness.send(
                "POST",
                "/run",
                Array("{\"input\": \"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
            )
            #expect(invalid.status == 400)
            #expect(invalid.error.contains("byte 11"), "\(invalid.text)")
        }
    }
}
