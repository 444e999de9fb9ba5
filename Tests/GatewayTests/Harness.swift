import Gateway
import HTTPTransport
import JSON
import LocalQueue
import Logging
import ServiceLifecycle
import TestSupport
import Testing

/// A gateway on a free port and somebody who talks to it.
struct Harness: Sendable {
    let gateway: Gateway
    let http: HTTPClient
    let port: Int
    let key: String?

    /// Runs `body` against a gateway of its own.
    static func run(
        _ configure: (inout Gateway.Configuration) -> Void = { _ in },
        sendWebhook: @escaping Gateway.WebhookSender = { _, _ in false },
        logger: Logger = .silent,
        _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        var configuration = Gateway.Configuration(port: 0)
        configure(&configuration)
        let key = configuration.apiKeys.first
        let gateway = Gateway(configuration: configuration, logger: logger, sendWebhook: sendWebhook)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gateway.run() }
            let http = HTTPClient()
            defer { http.shutdown() }
            let harness = Harness(gateway: gateway, http: http, port: try await gateway.boundPort(), key: key)
            try await body(harness)
            group.cancelAll()
            // Held requests were cut off by the cancellation; how the server words that is of no interest.
            _ = try? await group.next()
        }
    }

    var url: String { "http://127.0.0.1:\(port)" }

    func send(
        _ method: String,
        _ path: String,
        _ body: [UInt8]? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        var request = HTTPRequest(method, url + path)
        request.headers = headers
        if let key, !headers.contains(where: { $0.name == "Authorization" }) {
            request.headers.append((name: "Authorization", value: key))
        }
        request.body = body
        request.usesProxy = false
        let response = try await http.send(request)
        return Answer(
            status: response.status,
            headers: response.headers,
            bytes: try await response.collect(upTo: 64 << 20)
        )
    }

    func get(_ path: String) async throws -> Answer {
        try await send("GET", path)
    }

    @discardableResult
    func post(_ path: String, _ body: JSON? = nil) async throws -> Answer {
        try await send("POST", path, body?.bytes ?? [])
    }

    /// A response whose body is read piece by piece.
    func open(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> HTTPResponse {
        var request = HTTPRequest(method, url + path)
        request.body = body?.bytes
        request.usesProxy = false
        return try await http.send(request)
    }

    /// Talks over a connection that hides nothing, on a thread of its own.
    func wire<Value: Sendable>(_ body: @escaping @Sendable (WireClient) throws -> Value) async throws -> Value {
        let port = UInt16(port)
        return try await blocking { try body(try WireClient(port: port)) }
    }

    // The worker's side.

    func take(_ worker: String = "w1") async throws -> Answer {
        try await get("/v2/local/job-take/\(worker)?gpu=NVIDIA+H100&job_in_progress=0")
    }

    func takeID(_ worker: String = "w1") async throws -> String {
        try #require(try await take(worker).json["id"]?.string)
    }

    @discardableResult
    func done(_ job: String, _ body: JSON, worker: String = "w1") async throws -> Answer {
        try await post("/v2/local/job-done/\(worker)/\(job)?gpu=NVIDIA+H100&isStream=false", body)
    }

    @discardableResult
    func chunk(_ job: String, _ output: JSON, worker: String = "w1") async throws -> Answer {
        try await post("/v2/local/job-stream/\(worker)/\(job)?isStream=false", ["output": output])
    }

    func state(_ job: String) async throws -> String? {
        try await get("/status/\(job)").json["status"]?.string
    }

    /// A count of `/health`, such as `"jobs", "inQueue"`.
    func health(_ group: String, _ name: String) async throws -> Int? {
        try await get("/health").json[group]?[name]?.int
    }
}

struct Answer: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let bytes: [UInt8]

    var text: String { String(decoding: bytes, as: UTF8.self) }
    var json: JSON { (try? JSON(parsing: bytes)) ?? .null }
    var error: String { json["error"]?.string ?? json["error"]?["message"]?.string ?? "" }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// An input that any worker would take.
let hello: JSON = ["input": ["prompt": "Hello"]]
