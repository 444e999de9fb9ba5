import Gateway
import HTTPTransport
import JSON
import Logging
import ServiceLifecycle
import Support
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LifeTests {
    @Test func gracefulShutdownClosesHeldPollsAtOnce() async throws {
        var configuration = Gateway.Configuration(port: 0)
        // Whoever had to wait for these would run into the test's time limit.
        configuration.queue.hold = .seconds(600)
        configuration.queue.syncWait = .seconds(600)
        let gateway = Gateway(configuration: configuration, logger: .silent)
        let group = ServiceGroup(configuration: .init(services: [.init(service: gateway)], logger: .silent))
        let running = Task { try await group.run() }
        let http = HTTPClient()
        defer { http.shutdown() }
        let harness = Harness(gateway: gateway, http: http, port: try await gateway.boundPort(), key: nil)

        async let sync = harness.post("/runsync", hello)
        async let stream = harness.open("POST", "/openai/v1/completions", ["prompt": "x", "stream": true])
        let first = try await harness.takeID()
        let second = try await harness.takeID()
        try await harness.chunk(first, "data: {}\n\n")
        try await harness.chunk(second, "data: {}\n\n")
        let opened = try await stream
        async let take = harness.take("w2")
        async let stop = harness.get("/v2/local/job-stop/w3")
        // A worker is counted from its first poll on, so both polls are held now.
        #expect(try await eventually { try await harness.health("workers", "idle") == 2 })
        await group.triggerGracefulShutdown()
        #expect(try await take.status == 204)
        #expect(try await stop.status == 204)
        #expect(try await sync.status == 503)
        let text = String(decoding: try await opened.collect(upTo: 1 << 20), as: UTF8.self)
        #expect(text.hasPrefix("data: {}\n\ndata: {\"error\""))
        try await running.value
    }

    @Test func aClosingGatewayBringsJobsToTheirEndsAndTakesInNoMore() async throws {
        try await Harness.run({ $0.queue.hold = .seconds(600) }) { harness in
            let failed = try #require(try await harness.post("/run", hello).json["id"]?.string)
            _ = try await harness.takeID()
            try await harness.done(failed, ["error": "no"])
            async let sync = harness.post("/runsync?wait=300000", hello)
            let id = try await harness.takeID()
            let waiting = try #require(try await harness.post("/run", hello).json["id"]?.string)
            harness.gateway.beginClosing()

            for path in ["/run", "/runsync", "/v2/local/run", "/retry/\(failed)"] {
                let answer = try await harness.post(path, hello)
                #expect(answer.status == 503)
                #expect(answer.error.contains("shutting down"))
                #expect(answer.headers["Retry-After"] != nil)
            }
            for streams in [true, false] {
                let answer = try await harness.post(
                    "/openai/v1/completions",
                    ["prompt": "x", "stream": .bool(streams)]
                )
                #expect(answer.status == 503)
                #expect(answer.json["error"]?["message"]?.string?.contains("shutting down") == true)
            }
            #expect(try await harness.take("w2").status == 204)
            #expect(try await harness.get("/v2/local/job-take-batch/w2?batch_size=2").status == 204)
            #expect(try await harness.state(waiting) == "IN_QUEUE")
            #expect(try await harness.get("/v2/local/ping/w1?job_id=\(id)").status == 200)
            async let read = harness.get("/stream/\(id)?wait=300000")
            try await harness.chunk(id, "x")
            #expect(try await read.json["stream"] == [["output": "x"]])
            async let stop = harness.get("/v2/local/job-stop/w1")
            try await harness.post("/cancel/\(id)")
            #expect(try await stop.json["jobsToStop"] == [.string(id)])
            #expect(try await harness.done(id, ["output": "y"]).status == 200)
            #expect(try await sync.json["status"] == "CANCELLED")
        }
    }

    /// Whoever stops a server on purpose has no use for a word about it.
    @Test func aCleanStopIsSilent() async throws {
        let log = Lock<[String]>([])
        let logger = Logger(label: "test") { _ in
            MessageCollector(from: .warning) { message in log.withLock { $0.append(message) } }
        }
        for _ in 0..<5 {
            let gateway = Gateway(configuration: .init(port: 0), logger: logger)
            let group = ServiceGroup(configuration: .init(services: [.init(service: gateway)], logger: .silent))
            let running = Task { try await group.run() }
            let http = HTTPClient()
            defer { http.shutdown() }
            let harness = Harness(gateway: gateway, http: http, port: try await gateway.boundPort(), key: nil)
            async let sync = harness.post("/runsync", hello)
            _ = try await harness.takeID()
            async let take = harness.take("w2")
            #expect(try await eventually { try await harness.health("workers", "idle") == 1 })
            await group.triggerGracefulShutdown()
            #expect(try await take.status == 204)
            #expect(try await sync.status == 503)
            try await running.value
        }
        #expect(log.withLock { $0 }.isEmpty)
    }

    @Test func aTakenPortIsAnErrorThatSaysSo() async throws {
        try await Harness.run { harness in
            let second = Gateway(configuration: .init(port: harness.port), logger: .silent)
            let waiting = Task { try await second.boundPort() }
            await #expect {
                try await second.run()
            } throws: {
                "\($0)".contains("127.0.0.1:\(harness.port) is taken")
            }
            await #expect(throws: GatewayError.self) { _ = try await waiting.value }
        }
    }

    @Test func whoWaitsForThePortCanGiveUp() async throws {
        let gateway = Gateway(configuration: .init(port: 0), logger: .silent)
        let waiting = Task { try await gateway.boundPort() }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { _ = try await waiting.value }
    }
}
