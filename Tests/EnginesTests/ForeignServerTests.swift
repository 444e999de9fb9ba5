import Glibc
import JSON
import Jobs
import TestSupport
import Testing

@testable import Engines

/// What may listen where an engine is expected.
enum Stranger: String, CaseIterable, Sendable {
    case page, notFound, noVersion, brokenJSON, redirect, noHTTP, silent, hangsUp, endlessHead, hugeBody

    /// Returns when the answer is over; how the connection ends is the engine's to decide.
    func answer(_ connection: TestServer.Connection) throws {
        switch self {
        case .page: try connection.respond(200, body: Array("<html>hello</html>".utf8))
        case .notFound: try connection.respond(404, json: #"{"error":"not found"}"#)
        case .noVersion: try connection.respond(200, json: #"{"version":7}"#)
        case .brokenJSON: try connection.respond(200, json: #"{"version":"0.3"#)
        case .redirect: try connection.respond(302, headers: [("Location", "/elsewhere")])
        case .noHTTP: try connection.raw(Array("220 mail.example.com ESMTP\r\n".utf8))
        case .silent: connection.waitUntilPeerGone(timeout: .seconds(60))
        case .hangsUp: connection.close()
        case .endlessHead:
            try connection.raw(Array("HTTP/1.1 200 OK\r\n".utf8))
            let line = Array("X-Filler: \(String(repeating: "x", count: 1000))\r\n".utf8)
            while !connection.isPeerGone() { try connection.raw(line) }
        case .hugeBody:
            try connection.raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n".utf8))
            let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
            while !connection.isPeerGone() { try connection.raw(piece) }
        }
    }
}

/// Programs that are no engines, where an engine is expected.
@Suite struct ForeignServerTests {
    @Test("a stranger on Ollama's port is neither used nor taken for a free port", .timeLimit(.minutes(2)))
    func strangers() async throws {
        // Side by side: each is asked three times, with pauses that grow.
        try await withThrowingTaskGroup { group in
            for stranger in Stranger.allCases { group.addTask { try await meet(stranger) } }
            try await group.waitForAll()
        }
    }

    private func meet(_ stranger: Stranger) async throws {
        let server = try TestServer { _, connection in try stranger.answer(connection) }
        defer { server.stop() }
        let folder = try TemporaryFolder()
        let configuration = EngineConfiguration(
            kind: .ollama,
            program: try folder.write(program: "ollama", "echo started >> \(folder.path("notes"))"),
            environment: ["OLLAMA_HOST": "127.0.0.1:\(server.port)", "PATH": "/usr/bin:/bin"]
        )
        try await withEngine(configuration) { engine, _ in
            let failure = try #require(await engine.startFailure())
            #expect(failure.kind == .gaveUp, "\(stranger)")
            #expect(
                failure.description.contains("Port \(server.port) at 127.0.0.1 is taken by another program"),
                "\(stranger): \(failure)"
            )
            #expect(Fixture.bytes(ifThere: folder.path("notes")).isEmpty, "\(stranger): none is started beside it")
        }
    }

    @Test("a server that speaks no HTTP is said to be no engine, long before its start's time is over")
    func noHTTP() async throws {
        let server = try TestServer { _, connection in try Stranger.noHTTP.answer(connection) }
        defer { server.stop() }
        // The start of such a server may take half an hour.
        try await withEngine(EngineConfiguration(kind: .openAI, url: server.url)) { engine, _ in
            let failure = try #require(await engine.startFailure())
            #expect(failure.kind == .gaveUp)
            #expect(failure.description.contains("What answers at \(server.url) is no engine"), "\(failure)")
        }
    }

    @Test("garbage counts only while nothing else is answered")
    func patience() {
        var process = EngineProcess(life: 1, url: "", child: nil, opened: .now, signs: StallWatch())
        let first = process.speaksNoHTTP()
        #expect(!first)
        process.garbageSince = .now - .seconds(6)
        let late = process.speaksNoHTTP()
        #expect(late)
        process.garbageSince = nil
        let anew = process.speaksNoHTTP()
        #expect(!anew)
    }

    @Test("an error line in a 200 is the job's error: nothing counts, nothing is restarted", .timeLimit(.minutes(2)))
    func errorLine() async throws {
        let ollama = try PlayedOllama { request, connection, _ in
            guard request.text.contains("too long") else { return false }
            try connection.beginChunked(200, headers: [("Content-Type", "application/x-ndjson")])
            try connection.chunk(Array("{\"error\":\"the prompt is too long\"}\n".utf8))
            try connection.endChunked()
            return true
        }
        defer { ollama.stop() }
        let configuration = EngineConfiguration(
            kind: .ollama,
            program: "/bin/false",
            environment: ["OLLAMA_HOST": ollama.url]
        )
        try await withEngine(configuration) { engine, _ in
            for _ in 1...4 {
                let failure = await engine.failure(.generate, ["prompt": "too long"])
                guard case .refused = failure?.kind else {
                    Issue.record("\(String(describing: failure))")
                    return
                }
                #expect(failure?.description.contains("the prompt is too long") == true)
            }
            let readiness = try await engine.ensureReady(model: nil)
            #expect(!readiness.waited)
        }
    }

    @Test("a driver that hangs does not hold up the end of the engine", .timeLimit(.minutes(2)))
    func hangingDriver() async throws {
        let folder = try TemporaryFolder()
        try folder.write(program: "nvidia-smi", "echo asked >> \(folder.path("notes")); exec sleep 600")
        let port = try ReservedPort()
        let configuration = EngineConfiguration(
            kind: .ollama,
            program: try Fixture.executable("fake-ollama"),
            environment: [
                "PATH": "\(folder.path):/usr/bin:/bin", "HOME": folder.path, "OLLAMA_HOST": "127.0.0.1:\(port.number)",
                "OLLAMA_MODELS": folder.path("models"),
            ],
            stateFolder: folder.path("state")
        )
        try await withEngine(configuration) { engine, _ in
            let caller = Task { try await engine.ensureReady(model: nil) }
            await expectSoon { !Fixture.bytes(ifThere: folder.path("notes")).isEmpty }
            let asked = ContinuousClock.now
            await engine.shutdown()
            // The driver would have been waited for during five seconds.
            #expect(asked.duration(to: .now) < .seconds(4))
            caller.cancel()
            _ = await caller.result
        }
    }
}

extension TemporaryFolder {
    /// A shell script that can be run.
    @discardableResult
    fileprivate func write(program name: String, _ script: String) throws -> String {
        let path = try write(name, Array("#!/bin/sh\n\(script)\n".utf8))
        chmod(path, 0o755)
        return path
    }
}

extension Fixture {
    fileprivate static func bytes(ifThere path: String) -> [UInt8] { (try? bytes(of: path)) ?? [] }
}
