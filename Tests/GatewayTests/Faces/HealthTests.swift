import JSON
import Jobs
import Testing

@testable import Gateway

/// What platforms ask before they send anybody.
@Suite(.timeLimit(.minutes(2)))
struct HealthTests {
    @Test(
        arguments: [
            (.readiness, .starting, 204, 204, nil), (.readiness, .starting, 503, 503, ["status": "starting"]),
            (.readiness, .ready, 204, 200, ["status": "ready"]),
            (.readiness, .failed("no memory"), 204, 503, ["status": "failed", "error": "no memory"]),
            (.readiness, .draining, 204, 503, ["status": "draining"]),
            (.live, .failed("x"), 204, 200, ["live": true]), (.ready, .ready, 204, 200, ["ready": true]),
            (.ready, .starting, 204, 503, ["ready": false, "status": "starting"]),
            (.ready, .failed("x"), 204, 503, ["ready": false, "status": "failed", "error": "x"]),
        ] as [(Probe, ServiceCondition, Int, Int, JSON?)]
    )
    func aConditionHasItsStatus(
        probe: Probe,
        condition: ServiceCondition,
        whileStarting: Int,
        status: Int,
        body: JSON?
    ) {
        let answer = probe.answer(condition, whileStarting: whileStarting)
        #expect(answer.status == status)
        #expect(answer.body == body)
    }

    /// As RunPod's load balancer sees it: a port for health and metrics only, on another gateway.
    @Test func aStatusPortKnowsNothingElseAndNeverAsksForAKey() async throws {
        let service = FakeService()
        service.set(.starting)
        try await Harness.run(
            serving: service,
            {
                $0.doors = .status; $0.apiKeys = ["secret"]; $0.requestsPerMinute = 1
                $0.paths.health = ["/healthz/deep"]; $0.metrics = { "up 1\n" }; $0.metricsNeedKey = false
            }
        ) { harness async throws in
            let stranger = Harness(gateway: harness.gateway, http: harness.http, port: harness.port, key: nil)
            for path in ["/ping", "/health", "/healthz/deep"] {
                #expect(try await stranger.get(path).status == 204)
            }
            service.set(.ready)
            for path in ["/ping", "/health", "/healthz/deep"] {
                #expect(try await stranger.get(path).json == ["status": "ready"])
                let head = try await stranger.send("HEAD", path)
                #expect(head.status == 200 && head.bytes.isEmpty)
                #expect(try await stranger.post(path, [:]).status == 405)
            }
            #expect(try await stranger.get("/v2/health/ready").status == 200)
            service.set(.failed("no memory"))
            #expect(try await stranger.get("/ping").status == 503)
            #expect(try await stranger.get("/ping").error == "no memory")
            #expect(try await stranger.get("/v2/health/ready").status == 503)
            #expect(try await stranger.get("/v2/health/live").status == 200)
            #expect(try await stranger.get("/metrics").text == "up 1\n")
            for path in ["/", "/v1/models", "/api/tags", "/status/x", "/v2", "/v2/models/mine", "/invocations"] {
                #expect(try await stranger.get(path).status == 404, "\(path)")
            }
        }
    }

    @Test func aGatewayThatClosesDrainsWhateverTheServiceSays() async throws {
        try await Harness.run(serving: FakeService()) { harness async throws in
            #expect(try await harness.get("/ping").status == 200)
            harness.gateway.beginClosing()
            let answer = try await harness.get("/ping")
            #expect(answer.status == 503)
            #expect(answer.json == ["status": "draining"])
        }
    }

    @Test func aQueueWithoutAWorkerIsHealthyByItself() async throws {
        try await Harness.run { harness async throws in
            #expect(try await harness.get("/ping").json == ["status": "ready"])
            #expect(try await harness.get("/health").json["jobs"] != nil, "the queue's own health stays where it was")
        }
    }

    @Test(
        arguments: [
            (.status, false, "/metrics", .metrics), (.status, true, "/v1/models", nil),
            (.inference, true, "/v1/models", .inference(.openAI("/v1/models"))), (.inference, true, "/run", nil),
            (.inference, true, "/v2/x/run", nil), (.inference, true, "/health", .probe(.readiness)),
            (.inference, true, "/openai/v1/embeddings", .inference(.openAI("/v1/embeddings"))),
            (.inference, true, "/openai/api/tags", nil), (.inference, true, "/openai/invocations", nil),
            (.inference, true, "/api/tags", .inference(.ollama(.tags))), (.inference, false, "/api/tags", nil),
            (.inference, true, "/", .home), (.queue, true, "/v1/models", nil), (.queue, true, "/health", .health),
            (.queue, true, "/openai/v1/models", .openAI("/v1/models")),
            ([.queue, .inference], false, "/openai/v1/models", .openAI("/v1/models")),
            ([.queue, .inference], false, "/v1/models", nil),
            ([.queue, .inference], true, "/v2/x/openai/v1/models", .inference(.openAI("/v1/models"))),
            ([.queue, .inference], true, "/v2/x/run", .run),
            ([.queue, .inference], true, "/v2/models/run", .inference(.openInference(.model("run")))),
            ([.queue, .inference], true, "/v2/models/m/ready", .inference(.openInference(.ready("m")))),
            ([.queue, .inference], true, "/v2/models/ready", .inference(.openInference(.model("ready")))),
            ([.queue, .inference], true, "/v2", .inference(.openInference(.server))),
            ([.queue, .inference], true, "/v2/models", nil),
            ([.queue, .inference], true, "/v1/models/a/b:predict", .inference(.predict(model: "a/b"))),
            ([.queue, .inference], true, "/v1/models/:predict", nil),
            ([.queue, .inference], true, "/v1/models/a:b", .inference(.model("a:b"))),
            ([.queue, .inference], true, "/my/ping", .probe(.readiness)),
            ([.queue, .inference], true, "/my/predict", .inference(.predict(model: nil))),
            ([.queue, .inference], false, "/my/predict", nil),
        ] as [(Gateway.Doors, Bool, String, Route?)]
    )
    func aClosedDoorLeadsNowhere(doors: Gateway.Doors, hasService: Bool, path: String, route: Route?) {
        var configuration = Gateway.Configuration()
        configuration.doors = doors
        configuration.inference = hasService ? FakeService() : nil
        configuration.metrics = { "" }
        configuration.paths.health = ["/my/ping"]
        configuration.paths.predict = ["/my/predict"]
        #expect(Signs(configuration).route(to: Target(path: path, query: nil).segments) == route)
    }
}
