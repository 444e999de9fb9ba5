import Foundation
import JSON
import Support
import TestSupport

/// What an engine that is a shell script shows the world: files that it writes, and HTTP that the test answers for it.
final class Shell: Sendable {
    typealias Special = @Sendable (TestServer.Request, TestServer.Connection) throws -> Bool

    private struct State {
        var healthyFrom: ContinuousClock.Instant?
        var special: Special = { _, _ in false }
    }

    private let folder: TemporaryFolder
    private let state: Lock<State>
    private let server: TestServer

    init(isHealthy: Bool) throws {
        folder = try TemporaryFolder()
        let state = Lock(State(healthyFrom: isHealthy ? .now : nil))
        self.state = state
        server = try TestServer { request, connection in
            let now = state.withLock { $0 }
            if try now.special(request, connection) { return }
            try Self.answer(request, connection, isHealthy: now.healthyFrom.map { $0 <= .now } ?? false)
        }
    }

    var url: String { server.url }

    func path(_ name: String) -> String { folder.path(name) }

    func stop() {
        server.stop()
        folder.remove()
    }

    func isHealthy(after pause: Duration) {
        state.withLock { $0.healthyFrom = .now + pause }
    }

    func answers(_ special: @escaping Special) {
        state.withLock { $0.special = special }
    }

    /// How often the script wrote this line into `$NOTES`.
    func count(of line: String) -> Int {
        let text = (try? String(contentsOfFile: path("notes"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").count { $0 == line }
    }

    /// What the script wrote into `$PID`; 0: nothing yet.
    var pid: Int32 {
        let text = (try? String(contentsOfFile: path("pid"), encoding: .utf8)) ?? ""
        return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }

    private static func answer(
        _ request: TestServer.Request,
        _ connection: TestServer.Connection,
        isHealthy: Bool
    ) throws {
        switch request.path {
        case "/health": try connection.respond(isHealthy ? 200 : 503)
        case "/v1/models": try connection.respond(200, json: #"{"data":[{"id":"m"}]}"#)
        case "/v1/completions": try connection.respond(200, json: #"{"choices":[{"text":"a"}]}"#)
        default:
            try connection.beginChunked(200, headers: [("Content-Type", "text/event-stream")])
            try connection.chunk(Array("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".utf8))
            try connection.chunk(Array("data: [DONE]\n\n".utf8))
            try connection.endChunked()
        }
    }
}
