import Testing

/// What Prometheus meets.
@Suite(.timeLimit(.minutes(2)))
struct MetricsTests {
    @Test func thePageIsServedInPrometheusType() async throws {
        try await Harness.run({ $0.metrics = { "up 1\n" } }) { harness in
            for path in ["/metrics", "/v2/local/metrics"] {
                let page = try await harness.get(path)
                #expect(page.status == 200)
                #expect(page.text == "up 1\n")
                #expect(page.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            }
            let head = try await harness.send("HEAD", "/metrics")
            #expect(head.status == 200 && head.bytes.isEmpty)
            #expect(try await harness.post("/metrics").status == 405)
        }
    }

    @Test func withoutFiguresThereIsNoSuchPage() async throws {
        try await Harness.run { harness async throws in
            #expect(try await harness.get("/metrics").status == 404)
        }
    }

    @Test func whereThereIsAKeyItIsAskedFor() async throws {
        try await Harness.run({
            $0.metrics = { "up 1\n" }; $0.apiKeys = ["secret"]
        }) { harness async throws in
            let stranger = Harness(gateway: harness.gateway, http: harness.http, port: harness.port, key: nil)
            #expect(try await stranger.get("/metrics").status == 401)
            #expect(try await stranger.get("/health").status == 200)
            #expect(try await harness.get("/metrics").text == "up 1\n")
        }
    }
}
