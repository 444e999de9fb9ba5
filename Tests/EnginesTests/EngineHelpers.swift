import ColdStart
import Foundation
import HTTPTransport
import JSON
import Jobs
import Logging
import Support
import TestSupport
import Testing

@testable import Engines

/// Runs `body` with an engine that is ended afterwards, whatever happens.
func withEngine(
    _ configuration: EngineConfiguration,
    lines: Notes? = nil,
    _ body: (EngineSupervisor, Recorded) async throws -> Void
) async throws {
    let client = HTTPClient()
    let recorded = Recorded()
    let logger = Logger(label: "test") { _ in
        if let lines { NotedLines(notes: lines) } else { SwiftLogNoOpLogHandler() }
    }
    let engine = EngineSupervisor(configuration: configuration, client: client, logger: logger, startLog: recorded.log)
    do {
        try await body(engine, recorded)
    } catch {
        await engine.shutdown()
        client.shutdown()
        throw error
    }
    await engine.shutdown()
    client.shutdown()
}

extension EngineSupervisor {
    /// All events of a call.
    func all(_ route: EngineCall.Route, _ body: JSON.Object?) async throws -> [EngineEvent] {
        var all: [EngineEvent] = []
        for try await event in try await events(of: EngineCall(route: route, body: body)) { all.append(event) }
        return all
    }

    /// The failure of a call, wherever it shows.
    func failure(_ route: EngineCall.Route, _ body: JSON.Object?) async -> EngineFailure? {
        do {
            _ = try await all(route, body)
            return nil
        } catch {
            return error as? EngineFailure
        }
    }

    /// The failure of a start.
    func startFailure(model: String? = nil) async -> EngineFailure? {
        do throws(EngineFailure) {
            _ = try await ensureReady(model: model)
            return nil
        } catch {
            return error
        }
    }
}

extension EngineEvent {
    /// The object of a native answer.
    var object: JSON? {
        if case .object(let object) = self { object } else { nil }
    }
}

/// Keeps the timelines of an engine's starts.
final class Recorded: Sendable {
    private let starts = Lock<[(timeline: Timeline, error: String?)]>([])

    var log: StartLog {
        StartLog(recorder: { _ in StartRecorder() }) { _, recorder, error in
            recorder.finish()
            let timeline = recorder.snapshot()
            self.starts.withLock { $0.append((timeline, error)) }
        }
    }

    var timelines: [Timeline] { starts.withLock { $0.map(\.timeline) } }
    var causes: [String?] { starts.withLock { $0.map(\.error) } }
}

/// A line that several threads write and a test reads.
final class Notes: Sendable {
    private let lines = Lock<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }

    var all: [String] { lines.withLock { $0 } }

    func count(of line: String) -> Int { all.count { $0 == line } }
}

/// A log of `level message` lines, all levels.
struct NotedLines: LogHandler {
    let notes: Notes
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { notes.add("\(event.level) \(event.message)") }
}

/// Waits for an effect of another process or thread that offers nothing to wait for.
func expectSoon(
    sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async -> Bool
) async {
    let holds = await eventually(condition)
    #expect(holds, "it never came to this", sourceLocation: sourceLocation)
}
