import HTTPTransport
import JSON
import TestSupport
import Testing

/// Who hangs up is noticed while he waits, not when there is something for him.
@Suite(.timeLimit(.minutes(2)))
struct DisconnectTests {
    @Test func aTakeWhoseConnectionClosedGetsNoJob() async throws {
        try await Harness.run { harness in
            let dead = Task { try await harness.take("dead") }
            #expect(try await eventually { try await harness.health("workers", "idle") == 1 })
            dead.cancel()
            _ = await dead.result
            async let alive = harness.takeID("alive")
            #expect(try await eventually { try await harness.health("workers", "idle") == 2 })
            let id = try await harness.post("/run", hello).json["id"]?.string
            #expect(try await alive == id)
            #expect(try await harness.get("/status/\(id ?? "")").json["workerId"] == "alive")
        }
    }

    @Test(arguments: [false, true])
    func aTakeOverABareSocketThatIsClosedOrResetGetsNoJob(reset: Bool) async throws {
        try await Harness.run { harness in
            let socket = try RawSocket(port: harness.port)
            try socket.write("GET /v2/local/job-take/dead HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await eventually { try await harness.health("workers", "idle") == 1 })
            reset ? socket.reset() : socket.close()
            async let alive = harness.takeID("alive")
            #expect(try await eventually { try await harness.health("workers", "idle") == 2 })
            let id = try await harness.post("/run", hello).json["id"]?.string
            #expect(try await alive == id)
        }
    }

    @Test func aReaderThatLeftTakesNoChunksWithIt() async throws {
        try await Harness.run { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.take()
            let reader = Task { try await harness.get("/stream/\(id)?wait=60000") }
            try await Task.sleep(for: .milliseconds(50))
            reader.cancel()
            _ = await reader.result
            // What is written before the gateway has seen the connection close is gone: no server can know better.
            try await Task.sleep(for: .milliseconds(500))
            try await harness.chunk(id, "1")
            try await harness.chunk(id, "2")
            var read: [JSON] = []
            #expect(
                try await eventually {
                    read += try await harness.get("/stream/\(id)?wait=0").json["stream"]?.array ?? []
                    return read.count >= 2
                }
            )
            #expect(read == [["output": "1"], ["output": "2"]])
        }
    }

    @Test func aClientOfRunSyncThatLeavesLeavesItsJob() async throws {
        try await Harness.run { harness in
            let client = Task { try await harness.post("/runsync", hello) }
            let id = try await harness.takeID()
            client.cancel()
            _ = await client.result
            try await harness.done(id, ["output": "x"])
            #expect(try await harness.state(id) == "COMPLETED")
        }
    }

    @Test(arguments: [false, true])
    func anOpenAIClientThatLeavesCancelsItsJob(streams: Bool) async throws {
        try await Harness.run { harness in
            let body: JSON = ["messages": [], "stream": JSON.bool(streams)]
            let client = Task { try await harness.post("/openai/v1/chat/completions", body) }
            let id = try await harness.takeID()
            if streams { try await harness.chunk(id, "data: {}\n\n") }
            async let stop = harness.get("/v2/local/job-stop/w1")
            client.cancel()
            _ = await client.result
            #expect(try await stop.json["jobsToStop"] == [.string(id)])
            #expect(try await harness.state(id) == "CANCELLED")
        }
    }

    @Test func manyRequestsGoOverOneConnection() async throws {
        try await Harness.run({ $0.queue.hold = .milliseconds(10) }) { harness in
            let socket = try RawSocket(port: harness.port)
            for _ in 0..<5 {
                try socket.write("GET /v2/local/job-take/w1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
                #expect(try await socket.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 204"))
            }
            try await harness.post("/run", hello)
            try socket.write("GET /v2/local/job-take/w1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(try await socket.read(until: "}}").hasPrefix("HTTP/1.1 200"))
            socket.close()
        }
    }
}
