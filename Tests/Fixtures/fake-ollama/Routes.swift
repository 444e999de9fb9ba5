import JSON
import TestSupport

/// Which request gets which answer, and the line about it in the log and in the journal.
extension Server {
    func answer(_ request: TestServer.Request, _ connection: TestServer.Connection) throws {
        try awaitDiscovery(connection)
        if request.path.hasPrefix("/fake/") { return try control(request, connection) }
        if switches.isOn(.garbage) {
            try connection.raw(Array("\u{1}\u{2}SSH-2.0-not-http\r\n\r\n".utf8))
            return connection.close()
        }
        let exchange = Exchange(request: request, connection: connection, ticket: nextTicket(), server: self)
        exchange.noteRequest()
        defer { exchange.noteEnd() }
        do {
            try route(exchange)
        } catch let refusal as Refusal {
            try exchange.refuse(refusal)
        } catch is AnswerBroken {
            // The client has been told; its connection is fine.
        } catch {
            exchange.noteClientGone(whileLoading: (error as? ClientGone)?.isLoading ?? false)
            throw error
        }
    }

    private func route(_ exchange: Exchange) throws {
        let request = exchange.request
        guard isOwnHost(request.header("Host") ?? "") else { return try exchange.send(403, [], "") }
        if request.method == "OPTIONS" { return try preflight(exchange) }
        guard let allowed = Server.methods(of: request.path) else {
            return try exchange.send(404, [("Content-Type", "text/plain")], "404 page not found")
        }
        guard allowed.contains(request.method) else {
            let headers = [("Allow", allowed.joined(separator: ", ")), ("Content-Type", "text/plain")]
            return try exchange.send(405, headers, "405 method not allowed")
        }
        if let route = InferenceRoute(rawValue: request.path) {
            return try infer(InferenceRequest(route: route, text: request.text), exchange)
        }
        switch request.path {
        case "/", "/api/version":
            let rest = switches.milliseconds(.versionMilliseconds, default: 0) - begin.duration(to: .now)
            if rest > .zero, exchange.connection.waitUntilPeerGone(timeout: rest) { throw ClientGone() }
            try replay(exchange)
        case "/api/tags": try exchange.send(200, Server.json, try tags())
        case "/api/ps": try exchange.send(200, Server.json, try running())
        case "/v1/models": try exchange.send(200, [("Content-Type", "application/json")], try openAIModels())
        case "/api/show": try show(exchange)
        default: try replay(exchange)
        }
    }

    /// As it was recorded for exactly this request.
    private func replay(_ exchange: Exchange) throws {
        guard let recording = library.answer(to: exchange.key) else {
            if exchange.request.body.isEmpty, exchange.request.method == "POST" {
                throw Refusal(400, "missing request body")
            }
            if exchange.request.path.hasPrefix("/v1/models/") {
                let name = Model.full(String(exchange.request.path.dropFirst("/v1/models/".count)))
                let refusal = Refusal(404, "model '\(name)' not found")
                let (type, body) = refusal.answer(openAI: true)
                return try exchange.send(404, [("Content-Type", type)], body)
            }
            throw Refusal(501, "the fake has no recording of this request")
        }
        try exchange.play(Script(replaying: recording), on: nil, loaded: .zero)
    }

    private func preflight(_ exchange: Exchange) throws {
        let origin = exchange.request.header("Origin") ?? ""
        let isLocal = origin.hasPrefix("http://localhost") || origin.hasPrefix("http://127.0.0.1")
        let recording = try library.recording(isLocal ? "options-cors-allowed" : "error-cors-forbidden")
        try exchange.play(Script(replaying: recording), on: nil, loaded: .zero)
    }

    /// A name that is not this machine's is refused; any address is accepted.
    private func isOwnHost(_ header: String) -> Bool {
        let host = header.hasPrefix("[") ? header : String(header.prefix { $0 != ":" })
        let isAddress = host.hasPrefix("[") || host.allSatisfy { $0.isNumber || $0 == "." }
        return isAddress || host == "localhost"
            || [".localhost", ".local", ".internal"].contains { host.hasSuffix($0) }
    }

    static let json = [("Content-Type", "application/json; charset=utf-8")]

    private static func methods(of path: String) -> [String]? {
        if InferenceRoute(rawValue: path) != nil { return ["POST"] }
        switch path {
        case "/", "/api/version", "/api/tags": return ["HEAD", "GET"]
        case "/api/ps", "/api/status", "/v1/models": return ["GET"]
        case "/api/show", "/api/pull", "/api/push", "/api/create", "/api/copy": return ["POST"]
        case "/api/delete": return ["DELETE"]
        default:
            if path.hasPrefix("/api/blobs/") { return ["HEAD", "POST"] }
            return path.hasPrefix("/v1/models/") ? ["GET"] : nil
        }
    }

    private func show(_ exchange: Exchange) throws {
        if library.answer(to: exchange.key) != nil { return try replay(exchange) }
        let text = exchange.request.text
        guard !text.isEmpty else { throw Refusal(400, "missing request body") }
        guard let body = try? JSON(parsing: text) else { throw Refusal(400, InferenceRequest.syntaxError(in: text)) }
        let name = Model.full(body["model"]?.string ?? body["name"]?.string ?? "")
        guard models.contains(where: { $0.name == name }) else { throw Refusal(404, "model '\(name)' not found") }
        let recording = try library.recording("show")
        try exchange.play(Script(replaying: recording), on: nil, loaded: .zero)
    }

    /// What is for tests only: the state, and switches thrown while it runs.
    private func control(_ request: TestServer.Request, _ connection: TestServer.Connection) throws {
        switch (request.method, request.path) {
        case ("GET", "/fake/state"):
            let runners = scheduler.entries.map { entry -> JSON in
                ["model": .string(entry.model), "context": JSON(entry.context), "pid": JSON(entry.runner?.pid ?? 0)]
            }
            let state: JSON = ["loads": JSON(scheduler.loads), "runners": .array(runners)]
            try connection.respond(200, json: state.description)
        case ("GET", "/fake/recordings"):
            try connection.respond(200, json: JSON.array(library.replayed.map { .string($0) }).description)
        case ("POST", "/fake/switches"):
            do {
                for (name, value) in try JSON(parsing: request.body).object ?? [:] {
                    try switches.set(name, to: value.isNull ? nil : value.string ?? value.description)
                }
                try connection.respond(200, json: "{}")
            } catch let error as UsageError {
                try connection.respond(400, json: JSON.object(["error": .string(error.message)]).description)
            }
        default:
            try connection.respond(404, json: "{}")
        }
    }
}
