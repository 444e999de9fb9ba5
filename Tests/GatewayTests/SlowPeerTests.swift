import Gateway
import Glibc
import JSON
import TestSupport
import Testing

/// Peers that take their time, and our memory with it.
@Suite(.timeLimit(.minutes(2)))
struct SlowPeerTests {
    @Test func aHeadThatDribblesInIsEndedWith408() async throws {
        try await Harness.run({ $0.connections.headTime = .seconds(2) }) { harness in
            let socket = try RawSocket(port: harness.port)
            try socket.write("GET /health HTTP/1.1\r\nX: ")
            // A byte now and then keeps nobody waiting longer.
            let dribble = Task {
                while !Task.isCancelled, (try? socket.write("a")) != nil {
                    try? await Task.sleep(for: .milliseconds(5))
                }
            }
            let answer = try await socket.read(until: "}")
            dribble.cancel()
            await dribble.value
            #expect(answer.hasPrefix("HTTP/1.1 408"))
            #expect(answer.contains("headers were not complete"))
            socket.close()
        }
    }

    @Test func aConnectionThatNeverSaysAnythingIsClosedWithoutAWord() async throws {
        try await Harness.run({ $0.connections.headTime = .milliseconds(100) }) { harness in
            let line = try await harness.wire { try $0.readLine() }
            #expect(line == nil)
        }
    }

    @Test func aSlowBodyIsEndedWith408AndIsNoJob() async throws {
        try await Harness.run({ $0.connections.bodyTime = .milliseconds(300) }) { harness in
            let answer = try await harness.wire { client in
                try client.send(
                    "POST /openai/v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n\r\n{\"prompt\": \""
                )
                return try client.readResponse()
            }
            #expect(answer.status == 408)
            #expect(try JSON(parsing: answer.body)["error"]?["message"]?.string?.contains("bytes a second") == true)
            #expect(try await harness.health("jobs", "inQueue") == 0)
        }
    }

    @Test func onlyAnIdleConnectionIsClosedForBeingIdle() async throws {
        try await Harness.run({
            $0.connections.idleTime = .milliseconds(100); $0.queue.hold = .milliseconds(600)
        }) { harness in
            try await harness.wire { client in
                try client.send("GET", "/v2/local/job-take/w")
                #expect(try client.readResponse().status == 204, "a held poll is not idle")
                #expect(try client.readLine() == nil)
            }
        }
    }

    /// 400 answers of 4 MB each are asked for and not read: they are not made one after the other to wait in memory, and
    /// the connection ends. A quarter of them is far more than there is, because the memory is that of the tests beside
    /// this one, too.
    @Test func whoDoesNotReadHisAnswersIsSentAwayAndCostsLittle() async throws {
        try await Harness.run({ $0.connections.unreadTime = .seconds(1) }) { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.take()
            try await harness.done(id, ["output": .string(String(repeating: "x", count: 4 << 20))])
            let before = residentBytes()
            let socket = try RawSocket(port: harness.port)
            for number in 0..<400 {
                let last = number == 399 ? "Connection: close\r\n" : ""
                try socket.write("GET /status/\(id) HTTP/1.1\r\nHost: localhost\r\n\(last)\r\n")
            }
            #expect(await eventually(timeout: .seconds(60)) { !socket.isConnected })
            #expect(residentBytes() - before < 100 << 22)
            // What the kernels held, and no more.
            #expect(try await socket.readToEnd().utf8.count < 100 << 22)
            socket.close()
            #expect(try await harness.get("/health").status == 200)
        }
    }

    @Test func whoReadsSlowlyGetsItAll() async throws {
        try await Harness.run({ $0.connections.unreadTime = .seconds(3) }) { harness in
            let id = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.take()
            try await harness.done(id, ["output": .string(String(repeating: "x", count: 24 << 20))])
            let socket = try RawSocket(port: harness.port)
            try socket.write("GET /status/\(id) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            // A megabyte at a time, which takes longer in all than nothing may happen for.
            let count = try await blocking {
                var count = 0
                while case let bytes = socket.readSome(1 << 20), bytes > 0 {
                    count += bytes
                    usleep(200_000)
                }
                return count
            }
            #expect(count > 24 << 20)
            socket.close()
        }
    }
}

/// This process's memory, as the kernel counts it.
private func residentBytes() -> Int {
    let text = (try? Fixture.bytes(of: "/proc/self/statm")).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
}
