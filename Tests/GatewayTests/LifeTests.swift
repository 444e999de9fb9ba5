import Gateway
import HTTPTransport
import JSON
import ServiceLifecycle
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
        async let take = harness.take()
        async let stop = harness.get("/v2/local/job-stop/w1")
        // Both polls are held once the worker's stop poll and take have been seen; health shows no polls, so ask twice.
        try await Task.sleep(for: .milliseconds(100))
        await group.triggerGracefulShutdown()
        #expect(try await take.status == 204)
        #expect(try await stop.status == 204)
        #expect(try await sync.status == 503)
        let text = String(decoding: try await opened.collect(upTo: 1 << 20), as: UTF8.self)
        #expect(text.hasPrefix("data: {}\n\ndata: {\"error\""))
        try await running.value
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
