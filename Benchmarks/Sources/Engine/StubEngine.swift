import JSON
import Support
import TestSupport

/// An engine that answers as Ollama does and costs next to nothing, so that what is measured is the worker.
final class StubEngine: Sendable {
    static let model = "stub:latest"

    /// When what happened inside the engine for one job.
    struct Generation: Sendable {
        /// The request was read whole.
        var received: Instant
        /// Just before the first token went to the socket.
        var firstToken: Instant
        /// When the last token was due by the rate that was asked for (of an unpaced one: when it was written).
        var lastTokenDue: Instant
        /// The answer was written whole.
        var finished: Instant
    }

    private let server: TestServer
    private let generations: Lock<[String: Generation]>

    init() throws {
        let generations = Lock<[String: Generation]>([:])
        self.generations = generations
        server = try TestServer { request, connection in
            if let (job, generation) = try StubRoutes.answer(request, on: connection) {
                generations.withLock { $0[job] = generation }
            }
        }
    }

    /// `127.0.0.1:PORT`
    var host: String { "127.0.0.1:\(server.port)" }
    var port: UInt16 { server.port }

    /// By job.
    var records: [String: Generation] { generations.withLock { $0 } }

    func stop() {
        server.stop()
    }
}

/// The few routes of Ollama that a worker or a handler asks.
private enum StubRoutes {
    static func answer(
        _ request: TestServer.Request,
        on connection: TestServer.Connection
    ) throws -> (job: String, generation: StubEngine.Generation)? {
        switch (request.method, request.path) {
        case ("GET", "/api/version"):
            try connection.respond(200, json: #"{"version":"0.32.15"}"#)
        case ("GET", "/api/tags"), ("GET", "/api/ps"):
            let name = StubEngine.model
            try connection.respond(200, json: #"{"models":[{"name":"\#(name)","model":"\#(name)"}]}"#)
        case ("POST", "/api/generate"):
            return try generate(request, on: connection)
        default:
            try connection.respond(404, body: Array("404 page not found".utf8))
        }
        return nil
    }

    private static func generate(
        _ request: TestServer.Request,
        on connection: TestServer.Connection
    ) throws -> (job: String, generation: StubEngine.Generation)? {
        let received = Instant.now
        let body = try JSON(parsing: request.body)
        guard let prompt = body["prompt"]?.string, !prompt.isEmpty else {
            try connection.respond(200, json: Answer.loaded)
            return nil
        }
        let parsed = ParsedPrompt(prompt)
        var generation = StubEngine.Generation(
            received: received,
            firstToken: .now,
            lastTokenDue: .now,
            finished: .now
        )
        // Streaming is Ollama's default.
        if body["stream"]?.bool ?? true {
            try stream(parsed.assignment, on: connection, into: &generation)
        } else {
            try connection.respond(200, json: Answer.whole(parsed.assignment))
        }
        generation.finished = .now
        return parsed.job.map { ($0, generation) }
    }

    /// Each token is an HTTP chunk of its own, as Ollama sends them. Unpaced ones share a write by the dozen: a write
    /// each would make the stub's system calls the limit.
    private static func stream(
        _ assignment: Assignment,
        on connection: TestServer.Connection,
        into generation: inout StubEngine.Generation
    ) throws {
        let token = httpChunk(Answer.token(assignment.token))
        try connection.beginChunked(200, headers: [("Content-Type", "application/x-ndjson")])
        let begin = Instant.now
        generation.firstToken = begin
        if let rate = assignment.rate {
            for index in 0..<assignment.tokens {
                generation.lastTokenDue = begin + .seconds(index) / rate
                pause(until: generation.lastTokenDue)
                try connection.raw(token)
            }
        } else {
            let group = min(max(8192 / token.count, 1), 12)
            for first in stride(from: 0, to: assignment.tokens, by: group) {
                let count = min(group, assignment.tokens - first)
                try connection.raw(Array(repeatElement(token, count: count).joined()))
            }
            generation.lastTokenDue = .now
        }
        try connection.raw(httpChunk(Answer.end(assignment)) + Array("0\r\n\r\n".utf8))
    }

    private static func httpChunk(_ line: String) -> [UInt8] {
        Array("\(String(line.utf8.count, radix: 16))\r\n\(line)\r\n".utf8)
    }
}

/// Ollama's objects, as long as the recorded ones: their length is part of a worker's work.
private enum Answer {
    private static let head =
        #"{"model":"\#(StubEngine.model)","created_at":"2026-11-21T02:16:45.828109417Z","response":"#

    static let loaded = head + #""","done":true,"done_reason":"load"}"#

    static func token(_ text: String) -> String {
        head + #""\#(text)","done":false}"# + "\n"
    }

    static func end(_ assignment: Assignment) -> String {
        head + #""","# + figures(assignment) + "\n"
    }

    static func whole(_ assignment: Assignment) -> String {
        head + #""\#(String(repeating: assignment.token, count: assignment.tokens))","# + figures(assignment)
    }

    private static func figures(_ assignment: Assignment) -> String {
        #""done":true,"done_reason":"stop","context":[818,7217,563,506,4576],"total_duration":94732520,"#
            + #""load_duration":440247,"prompt_eval_count":4,"prompt_eval_duration":15109000,"#
            + #""eval_count":\#(assignment.tokens),"eval_duration":76505000}"#
    }
}
