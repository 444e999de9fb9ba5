import Gateway
import JSON
import Logging
import Support
import Testing

/// Several keys, and how often each may be used.
@Suite(.timeLimit(.minutes(2)))
struct KeyTests {
    private func ask(_ harness: Harness, _ key: String?, _ path: String = "/status/none") async throws -> Answer {
        let stranger = Harness(gateway: harness.gateway, http: harness.http, port: harness.port, key: nil)
        return try await stranger.send("GET", path, headers: key.map { [(name: "Authorization", value: $0)] } ?? [])
    }

    @Test(arguments: [("one", 404), ("Bearer two", 404), ("three", 401), ("one,two", 401), ("onetwo", 401)])
    func anyOfTheKeysOpens(key: String, status: Int) async throws {
        try await Harness.run({ $0.apiKeys = ["one", "two"] }) { harness async throws in
            #expect(try await ask(harness, key).status == status)
        }
    }

    /// URLs end up in the logs of every proxy on the way.
    @Test(arguments: ["?api_key=one", "?key=one", "?token=one", "?Authorization=one", "?authorization=Bearer%20one"])
    func aKeyInTheURLOpensNothing(query: String) async throws {
        try await Harness.run({ $0.apiKeys = ["one"] }) { harness async throws in
            #expect(try await ask(harness, nil, "/status/none" + query).status == 401)
        }
    }

    @Test func aRefusalHasTheShapeOfItsRoute() async throws {
        try await Harness.run({ $0.apiKeys = ["one"] }) { harness in
            #expect(try await ask(harness, nil).json["error"]?.string != nil)
            for path in ["/openai/v1/models", "/v2/local/openai/v1/models", "/openai/v1/unknown"] {
                let answer = try await ask(harness, nil, path)
                let type = answer.status == 404 ? "not_found_error" : "invalid_request_error"
                #expect(answer.json["error"]?["type"]?.string == type, "\(answer.text)")
                #expect(answer.headers["Content-Type"] == "application/json")
            }
            let wrong = try await ask(harness, "one", "/openai/v1/completions")
            #expect(wrong.status == 405)
            #expect(wrong.headers["Allow"] == "POST")
            #expect(wrong.json["error"]?["message"]?.string != nil)
        }
    }

    @Test func eachKeyHasItsRequestsAMinute() async throws {
        let log = Lock<[String]>([])
        try await Harness.run(
            {
                $0.apiKeys = ["one", "two"]; $0.requestsPerMinute = 3; $0.queue.hold = .zero
            },
            logger: Logger(label: "test") { _ in MessageCollector { message in log.withLock { $0.append(message) } } }
        ) { harness in
            for _ in 0..<3 { #expect(try await ask(harness, "one").status == 404) }
            let refused = try await ask(harness, "Bearer one")
            #expect(refused.status == 429)
            #expect(refused.error.contains("More than 3 requests"))
            #expect((1...20).contains(Int(refused.headers["Retry-After"] ?? "") ?? 0))
            let openAI = try await ask(harness, "one", "/openai/v1/models")
            #expect(openAI.status == 429)
            #expect(openAI.json["error"]?["message"] != nil)
            #expect(openAI.headers["Retry-After"] != nil)
            #expect(try await ask(harness, "two").status == 404)
            // A worker polls by right, and health is asked by machines.
            for _ in 0..<5 {
                #expect(try await ask(harness, "one", "/v2/local/job-take/w").status == 204)
                #expect(try await ask(harness, nil, "/health").status == 200)
            }
            // Who tries out keys is counted by his address.
            var statuses: [Int] = []
            for number in 0..<5 { statuses.append(try await ask(harness, "guess\(number)").status) }
            #expect(statuses == [401, 401, 401, 429, 429])
        }
        let lines = log.withLock { $0.filter { $0.contains("a minute") } }
        #expect(lines.count == 2, "one line when somebody begins to send too much: \(lines)")
        #expect(lines.first?.hasPrefix("k1 ") == true && lines.last?.hasPrefix("127.0.0.1 ") == true)
    }
}
