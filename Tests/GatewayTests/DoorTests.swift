import Gateway
import HTTPTransport
import JSON
import LocalQueue
import Testing

/// Keys, limits, methods and bodies that are none.
@Suite(.timeLimit(.minutes(2)))
struct DoorTests {
    @Test(
        arguments: [
            ("Bearer secret", 200), ("bearer secret", 200), ("secret", 200),
            ("Bearer wrong", 401), ("secre", 401), ("secrets", 401), ("", 401), (nil, 401),
        ] as [(String?, Int)]
    )
    func theKeyIsAskedFor(header: String?, status: Int) async throws {
        try await Harness.run({
            $0.apiKeys = ["secret"]; $0.queue.hold = .zero
        }) { harness in
            let anonymous = Harness(gateway: harness.gateway, http: harness.http, port: harness.port, key: nil)
            let headers = header.map { [(name: "Authorization", value: $0)] } ?? []
            let answer = try await anonymous.send("POST", "/run", hello.bytes, headers: headers)
            #expect(answer.status == status)
            if status == 401 {
                #expect(answer.headers["WWW-Authenticate"] == "Bearer")
                #expect(answer.error.contains("Authorization"))
            }
            let taken = try await anonymous.send("GET", "/v2/local/job-take/w", headers: headers)
            #expect(taken.status == status)
            #expect(try await anonymous.get("/health").status == 200)
            #expect(try await anonymous.get("/").status == 200)
        }
    }

    @Test(arguments: [
        ("GET", "/run", "POST"), ("DELETE", "/status/x", "GET, POST"), ("GET", "/cancel/x", "POST"),
        ("POST", "/health", "GET, HEAD"), ("POST", "/v2/local/job-take/w", "GET"),
        ("GET", "/v2/local/job-done/w/j", "POST"),
    ])
    func aWrongMethodIsToldTheRightOne(method: String, path: String, allowed: String) async throws {
        try await Harness.run { harness in
            let answer = try await harness.send(method, path, method == "POST" ? [] : nil)
            #expect(answer.status == 405)
            #expect(answer.headers["Allow"] == allowed)
            #expect(answer.error.contains("Use "))
        }
    }

    @Test(arguments: [
        "/nothing", "/v2/local/nothing", "/job-take/w", "/status", "/v2/local/job-done/w", "/openai/v2/x",
    ])
    func unknownPathsAreAnsweredWith404(path: String) async throws {
        try await Harness.run { harness in
            let answer = try await harness.get(path)
            #expect(answer.status == 404)
            #expect(answer.error.contains(path))
        }
    }

    @Test(arguments: [
        ("/run", "", 400, "empty"),
        ("/run", "{", 400, "not JSON"),
        ("/run", "\u{FEFF}{}", 400, "not JSON"),
        ("/run", "[]", 422, "an array"),
        ("/run", "{}", 422, "\"input\" is missing"),
        ("/run", "{\"input\": 1}", 422, "a number"),
        ("/run", "{\"input\": {}, \"policy\": {\"ttl\": -1}}", 422, "policy.ttl"),
        ("/runsync?wait=soon", "{\"input\": {}}", 400, "\"wait\""),
        ("/status/x?ttl=long", "", 400, "\"ttl\""),
        ("/v2/local/job-stream/w/j", "{}", 400, "\"output\""),
        ("/v2/local/job-done/w/j", "5", 400, "a number"),
    ])
    func badBodiesAreRefusedWithASentence(path: String, body: String, status: Int, message: String) async throws {
        try await Harness.run { harness in
            let answer = try await harness.send("POST", path, Array(body.utf8))
            #expect(answer.status == status)
            #expect(answer.error.contains(message), "\(answer.text)")
        }
    }

    @Test func deepBodiesAreRefusedAndHarmNobody() async throws {
        try await Harness.run { harness async throws in
            let deep = "{\"input\": " + String(repeating: "[", count: 100_000)
            #expect(try await harness.send("POST", "/run", Array(deep.utf8)).status == 400)
            #expect(try await harness.get("/health").status == 200)
        }
    }

    @Test func bodiesAboveTheLimitAreRefusedBeforeAndWhileTheyAreRead() async throws {
        try await Harness.run({ $0.limits.run = 1000 }) { harness in
            let large = [UInt8](repeating: UInt8(ascii: "x"), count: 200_000)
            let answer = try await harness.send("POST", "/run", large)
            #expect(answer.status == 413)
            #expect(answer.error.contains("1000 bytes"))

            let socket = try RawSocket(port: harness.port)
            try socket.write("POST /run HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<3 { try socket.write("200\r\n" + String(repeating: "x", count: 512) + "\r\n") }
            #expect(try await socket.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 413"))
            socket.close()
        }
    }

    @Test func whoAsksWhetherToContinueIsToldTo() async throws {
        try await Harness.run { harness in
            let socket = try RawSocket(port: harness.port)
            let body = "{\"input\": {}}"
            try socket.write(
                "POST /run HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: \(body.count)\r\n\r\n"
            )
            #expect(try await socket.read(until: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
            try socket.write(body)
            #expect(try await socket.read(until: "IN_QUEUE").hasPrefix("HTTP/1.1 200 OK"))
            socket.close()
        }
    }

    @Test func aLargeInputAndALargeOutputArriveWhole() async throws {
        try await Harness.run { harness in
            let text = String(repeating: "äöü", count: 500_000)
            let id = try #require(try await harness.post("/run", ["input": ["text": .string(text)]]).json["id"]?.string)
            #expect(try await harness.take().json["input"]?["text"]?.string == text)
            try await harness.done(id, ["output": .string(text)])
            #expect(try await harness.get("/status/\(id)").json["output"]?.string == text)
        }
    }

    @Test func compressedBodiesAreRefusedByName() async throws {
        try await Harness.run { harness in
            let answer = try await harness.send("POST", "/run", [1, 2, 3], headers: [("Content-Encoding", "gzip")])
            #expect(answer.status == 415)
            #expect(answer.error.contains("gzip"))
        }
    }

    @Test(
        arguments: [
            ([("Origin", "https://evil.example")], 403),
            ([("Host", "evil.example")], 403),
            ([("Host", "localhost:8000"), ("Origin", "http://localhost:8000")], 200),
            // A name that somebody else owns may resolve to anything.
            ([("Host", "127.evil.example")], 403), ([("Host", "127.0.0.1.evil.example:8000")], 403),
            ([("Host", "[::1]:8000")], 200), ([("Host", "127.1.2.3:8000")], 200), ([("Host", "LocalHost")], 200),
        ] as [([(String, String)], Int)]
    )
    func pagesFromElsewhereAreKeptOut(headers: [(String, String)], status: Int) async throws {
        try await Harness.run { harness async throws in
            let headers = headers.map { (name: $0.0, value: $0.1) }
            #expect(try await harness.send("POST", "/run", hello.bytes, headers: headers).status == status)
        }
    }

    @Test(arguments: ["NONSENSE\r\n\r\n", "GET / HTTP/9\r\n\r\n", "GET /\u{0} HTTP/1.1\r\n\r\n", "\r\n\r\n\r\n"])
    func garbageEndsTheConnectionAndNothingElse(garbage: String) async throws {
        try await Harness.run { harness in
            let socket = try RawSocket(port: harness.port)
            try socket.write(garbage)
            _ = try await Task.sleep(for: .milliseconds(20))
            socket.close()
            #expect(try await harness.get("/health").status == 200)
        }
    }

    @Test func aFullQueueSaysWhenToComeAgain() async throws {
        try await Harness.run({ $0.queue.maximumWaiting = 1 }) { harness in
            try await harness.post("/run", hello)
            let answer = try await harness.post("/run", hello)
            #expect(answer.status == 429)
            #expect(answer.headers["Retry-After"] == "5")
        }
    }

    @Test func thePageIsWholeAndLoadsNothingFromElsewhere() async throws {
        try await Harness.run { harness in
            let page = try await harness.get("/")
            #expect(page.headers["Content-Type"] == "text/html; charset=utf-8")
            #expect(page.text.contains("</html>"))
            #expect(!page.text.contains("https://"))
            #expect(try await harness.send("HEAD", "/").bytes.isEmpty)
        }
    }
}
