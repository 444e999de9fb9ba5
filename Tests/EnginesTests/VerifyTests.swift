import Foundation
import Glibc
import JSON
import Jobs
import TestSupport
import Testing

@testable import Engines

/// What an engine turns out to be after the worker was resumed from a snapshot, with a whole fake Ollama beside it.
@Suite struct VerifyTests {
    /// Generous: only a test that wants silence waits for it.
    private static let deadline = Duration.seconds(20)

    @Test(.timeLimit(.minutes(2)))
    func `an engine that nobody has asked for is not up`() async throws {
        try await withOllama(ready: false) { _, engine, _ in
            #expect(await engine.verify(deadline: Self.deadline) == .notUp)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `an engine with its model in memory is alive`() async throws {
        try await withOllama { ollama, engine, _ in
            #expect(await engine.verify(deadline: Self.deadline) == .alive)
            let again = try await engine.ensureReady(model: "gemma:270m")
            #expect(!again.waited)
            #expect(ollama.count(of: "load_ended") == 1)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a model that has gone from its memory is loaded again by the next who needs it`() async throws {
        try await withOllama { ollama, engine, _ in
            let port = try #require(await engine.process?.url.split(separator: ":").last.flatMap { UInt16($0) })
            let unload = "{\"model\":\"gemma:270m\",\"prompt\":\"\",\"keep_alive\":0}"
            let reply = try await blocking {
                try WireClient.exchange(port: port, "POST", "/api/generate", body: unload)
            }
            #expect(reply.status == 200)
            #expect(await engine.verify(deadline: Self.deadline) == .modelMissing(["gemma:270m"]))
            #expect(ollama.count(of: "load_ended") == 1, "nobody needs it yet")
            let again = try await engine.ensureReady(model: "gemma:270m")
            #expect(again.waited)
            #expect(ollama.count(of: "load_ended") == 2)
            #expect(ollama.count(of: "listening") == 1)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `an engine that was killed is started again by the next who needs it`() async throws {
        try await withOllama { ollama, engine, _ in
            let pid = try #require(await engine.process?.child?.pid)
            kill(-pid, SIGKILL)
            switch await engine.verify(deadline: Self.deadline) {
            case .dead, .notUp, .silent: break  // its exit may have been noticed before, or its port still be open
            case let verdict: Issue.record("\(verdict)")
            }
            await expectSoon { await engine.machine.state != .ready }
            let again = try await engine.ensureReady(model: "gemma:270m")
            #expect(again.waited)
            #expect(ollama.count(of: "listening") == 2)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `an engine that thaws slowly keeps its model`() async throws {
        try await withOllama { ollama, engine, lines in
            let pid = try #require(await engine.process?.child?.pid)
            await stop(pid)
            #expect(await engine.verify(deadline: .milliseconds(200)) == .silent)
            kill(pid, SIGCONT)
            await expectSoon { lines.all.contains("info the engine answers again") }
            let again = try await engine.ensureReady(model: "gemma:270m")
            #expect(!again.waited)
            #expect(ollama.count(of: "load_ended") == 1)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `an engine that never thaws is ended, and another started`() async throws {
        try await withOllama { ollama, engine, _ in
            let pid = try #require(await engine.process?.child?.pid)
            await stop(pid)
            #expect(await engine.verify(deadline: .milliseconds(200)) == .silent)
            await expectSoon { !isAlive(pid) }
            let again = try await engine.ensureReady(model: "gemma:270m")
            #expect(again.waited)
            #expect(ollama.count(of: "listening") == 2)
        }
    }

    /// A process that is told to stop still answers for a moment.
    private func stop(_ pid: Int32) async {
        kill(pid, SIGSTOP)
        await expectSoon {
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
            return threads.allSatisfy { thread in
                let status = try? String(contentsOfFile: "/proc/\(pid)/task/\(thread)/stat", encoding: .utf8)
                return status?.contains(") T ") == true
            }
        }
    }

    private func withOllama(
        ready: Bool = true,
        _ body: (FakeProgram, EngineSupervisor, Notes) async throws -> Void
    ) async throws {
        let ollama = try FakeProgram([:], environment: [:])
        defer { ollama.remove() }
        ollama.configuration.grace = .milliseconds(200)
        let lines = Notes()
        try await withEngine(ollama.configuration, lines: lines) { engine, _ in
            if ready { _ = try await engine.ensureReady(model: "gemma:270m") }
            try await body(ollama, engine, lines)
        }
    }
}
