import Gateway
import JSON
import Support
import TestSupport
import Testing

/// Too many peers, and peers that ask for too much at once.
@Suite(.timeLimit(.minutes(2)), .serialized)
struct FloodTests {
    @Test func aFloodOfSilentConnectionsKeepsNobodyOut() async throws {
        try await Harness.run({
            $0.connections.connections = 256; $0.apiKeys = ["secret"]
        }) { harness in
            let kept = try await harness.wire { client in
                try client.send("GET", "/health")
                #expect(try client.readResponse().status == 200)
                var flood: [RawSocket] = []
                defer { for socket in flood { socket.close() } }
                for number in 0..<2000 {
                    flood.append(try RawSocket(port: harness.port))
                    // Some send half a head, which makes them no better.
                    if number % 3 == 0 { try? flood[number].write("GET / HT") }
                }
                let newcomer = try WireClient.exchange(
                    port: UInt16(harness.port),
                    "POST",
                    "/run",
                    headers: [("Authorization", "secret")],
                    body: hello.description
                )
                #expect(newcomer.status == 200)
                // Whoever has been served is not the first to go.
                try client.send("GET", "/health")
                return try client.readResponse().status
            }
            #expect(kept == 200)
        }
    }

    @Test func whenAllAreBusyTheNextOneIsToldToComeAgain() async throws {
        try await Harness.run({ $0.connections.connections = 2 }) { harness in
            let held = try RawSocket(port: harness.port)
            try held.write("GET /v2/local/job-take/w0 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await eventually { try await harness.health("workers", "idle") == 1 })
            // It may be closed for a newcomer before its request is read, as any client's may; then it asks again.
            let worker = Task { while !Task.isCancelled { _ = try? await harness.take("w1") } }
            var refused = WireResponse?.none
            let isRefused = try await eventually {
                let answer = try await harness.wire { client in
                    try? client.send("GET", "/health")
                    return try? client.readResponse()
                }
                if answer?.status == 503 { refused = answer }
                return refused != nil
            }
            #expect(isRefused)
            #expect(refused?.header("Retry-After") == "1")
            #expect(refused?.header("Content-Type") == "application/json")
            #expect(refused?.text.contains("All 2 connections") == true)
            held.close()
            let isServed = try await eventually {
                try await harness.wire { client in
                    try? client.send("GET", "/health")
                    return (try? client.readResponse().status) == 200
                }
            }
            #expect(isServed)
            worker.cancel()
            _ = await worker.value
        }
    }

    @Test func tenThousandRequestsInOneGoAreAnsweredInOrder() async throws {
        try await Harness.run { harness in
            let socket = try RawSocket(port: harness.port)
            async let text = socket.readToEnd()
            try await blocking {
                for start in stride(from: 0, to: 10_000, by: 100) {
                    let requests = (start..<start + 100).map { number in
                        let last = number == 9999 ? "Connection: close\r\n" : ""
                        return "GET /status/n\(number) HTTP/1.1\r\nHost: localhost\r\n\(last)\r\n"
                    }
                    try socket.write(requests.joined())
                }
            }
            // Each answer says which job there is not.
            let numbers = try await text.matches(of: /no job n(\d+)\./).map { Int($0.1) }
            #expect(numbers == Array(0..<10_000))
            socket.close()
        }
    }

    /// Connections that were accepted and not begun to be served once ended the whole program here.
    @Test func aGatewayThatIsCancelledInAFloodJustEnds() async throws {
        for _ in 0..<5 {
            let flood = Lock<[RawSocket]>([])
            try await Harness.run { harness in
                for _ in 0..<300 {
                    let socket = try RawSocket(port: harness.port)
                    flood.withLock { $0.append(socket) }
                }
            }
            for socket in flood.withLock({ $0 }) { socket.close() }
        }
    }
}
