import Crypto
import Foundation
import Gateway
import JSON
import Testing

/// What a browser is told, on whichever side its user is.
@Suite(.timeLimit(.minutes(2)))
struct BrowserTests {
    private static let app = "https://app.example"

    private func ask(
        _ harness: Harness,
        _ method: String = "POST",
        _ path: String = "/run",
        origin: String? = app,
        preflight: Bool = false
    ) async throws -> Answer {
        var headers = origin.map { [(name: "Origin", value: $0)] } ?? []
        if preflight { headers.append((name: "Access-Control-Request-Method", value: "POST")) }
        return try await harness.send(method, path, method == "POST" ? hello.bytes : nil, headers: headers)
    }

    @Test(
        arguments: [
            // What is allowed, who asks, the status and what the browser is told.
            ([], app, 403, nil), ([app], app, 200, app), ([app], "https://app.example.evil", 403, nil),
            ([app], "http://app.example", 403, nil), ([app], "null", 403, nil), ([app], nil, 200, nil),
            (["*"], app, 200, "*"), (["*"], "null", 200, "*"), (["https://other.example", app], app, 200, app),
        ] as [([String], String?, Int, String?)]
    )
    func onlyNamedOriginsMayReadAnswers(allowed: [String], origin: String?, status: Int, told: String?) async throws {
        try await Harness.run({ $0.corsOrigins = allowed }) { harness in
            let answer = try await ask(harness, origin: origin)
            #expect(answer.status == status)
            #expect(answer.headers["Access-Control-Allow-Origin"] == told)
            #expect(answer.headers["Access-Control-Allow-Credentials"] == nil)
            #expect(answer.headers["Vary"] == (allowed.isEmpty || allowed == ["*"] ? nil : "Origin"))
        }
    }

    @Test func aBrowserMayAskFirstAndNeedsNoKeyForThat() async throws {
        try await Harness.run({
            $0.corsOrigins = [Self.app]; $0.apiKeys = ["secret"]
        }) { harness in
            let stranger = Harness(gateway: harness.gateway, http: harness.http, port: harness.port, key: nil)
            let answer = try await ask(stranger, "OPTIONS", preflight: true)
            #expect(answer.status == 204)
            #expect(answer.headers["Access-Control-Allow-Origin"] == Self.app)
            #expect(answer.headers["Access-Control-Allow-Methods"] == "POST")
            #expect(answer.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type")
            #expect(answer.headers["Access-Control-Max-Age"] == "600")
            // The page can read why it was refused.
            let refused = try await ask(stranger)
            #expect(refused.status == 401)
            #expect(refused.headers["Access-Control-Allow-Origin"] == Self.app)
            #expect(try await ask(stranger, "OPTIONS", origin: "https://evil.example", preflight: true).status == 403)
            #expect(try await ask(stranger, "OPTIONS", origin: nil).status == 401)
        }
    }

    @Test func whateverHeadersAClientLibraryAddsAreAllowed() async throws {
        try await Harness.run({ $0.corsOrigins = [Self.app] }) { harness async throws in
            let asked = "authorization,content-type,x-stainless-os"
            let answer = try await harness.send(
                "OPTIONS",
                "/openai/v1/chat/completions",
                headers: [
                    (name: "Origin", value: Self.app), (name: "Access-Control-Request-Method", value: "POST"),
                    (name: "Access-Control-Request-Headers", value: asked),
                ]
            )
            #expect(answer.status == 204)
            #expect(answer.headers["Access-Control-Allow-Headers"] == asked)
        }
    }

    @Test func withoutAllowedOriginsThereIsNothingToAsk() async throws {
        try await Harness.run { harness in
            #expect(try await ask(harness, "OPTIONS", preflight: true).status == 403)
            let answer = try await ask(harness, "OPTIONS", origin: nil)
            #expect(answer.status == 405)
            #expect(answer.headers["Allow"] == "POST")
        }
    }

    @Test(arguments: ["/", "/health", "/status/none", "/nothing", "/openai/v1/nothing", "/v2/local/job-take/w"])
    func everyAnswerSaysThatItIsNotToBeKeptNorGuessedAt(path: String) async throws {
        try await Harness.run({ $0.queue.hold = .zero }) { harness in
            let answer = try await harness.get(path)
            #expect(answer.headers["Cache-Control"] == "no-store")
            #expect(answer.headers["X-Content-Type-Options"] == "nosniff")
            #expect(answer.headers["Referrer-Policy"] == "no-referrer")
            #expect(answer.headers["Server"] == nil)
            #expect(answer.headers["Date"] != nil)
        }
    }

    @Test func aStreamIsNotToBeKeptEither() async throws {
        try await Harness.run { harness in
            async let opened = harness.open("POST", "/openai/v1/completions", ["prompt": "x", "stream": true])
            let id = try await harness.takeID()
            try await harness.chunk(id, "data: {}\n\n")
            #expect(try await opened.headers["Cache-Control"] == "no-store")
            try await harness.done(id, [:])
        }
    }

    /// The hashes are those of the page's own style and script.
    @Test func thePageRunsOnlyWhatItCameWith() async throws {
        try await Harness.run { harness in
            let page = try await harness.get("/")
            let policy = page.headers["Content-Security-Policy"] ?? ""
            for tag in ["style", "script"] {
                let start = try #require(page.text.range(of: "<\(tag)>")).upperBound
                let end = try #require(page.text.range(of: "</\(tag)>")).lowerBound
                let hash = Data(SHA256.hash(data: Data(page.text[start..<end].utf8))).base64EncodedString()
                #expect(policy.contains("\(tag)-src 'sha256-\(hash)'"), "\(policy)")
            }
            #expect(policy.contains("default-src 'none'"))
            #expect(policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe"))
            #expect(page.headers["X-Frame-Options"] == "DENY")
            // Neither handlers nor styles in attributes, which hashes do not cover.
            #expect(!page.text.contains(" style=") && !page.text.contains(" onclick="))
        }
    }
}
