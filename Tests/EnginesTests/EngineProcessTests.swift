import Foundation
import JSON
import Jobs
import TestSupport
import Testing

@testable import Engines

/// A shell as the engine's process and a server of the test as its HTTP side: starts, crashes and ends.
@Suite struct EngineProcessTests {
    @Test(.timeLimit(.minutes(2)))
    func `a program that exits at once fails the start with its last lines, three times`() async throws {
        try await withShell("echo started >> $NOTES; echo first; echo no GPU found >&2; exit 3", health: false) {
            shell,
            engine in
            let failure = try #require(await engine.startFailure())
            #expect(failure.kind == .gaveUp)
            #expect(failure.description.contains("exit code 3"))
            #expect(failure.description.contains("no GPU found"))
            #expect(shell.count(of: "started") == 3)
            #expect(await engine.startFailure()?.kind == .gaveUp, "and it is not started again")
            #expect(shell.count(of: "started") == 3)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `fifty callers cause one process`() async throws {
        try await withShell("echo started >> $NOTES; exec sleep 1000") { shell, engine in
            shell.isHealthy(after: .milliseconds(100))
            try await withThrowingTaskGroup { group in
                for _ in 1...50 { group.addTask { try await engine.ensureReady(model: nil) } }
                for try await readiness in group { #expect(readiness.model == "m") }
            }
            await expectSoon { shell.count(of: "started") == 1 }
            #expect(await engine.starts == 1)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a start that succeeds at the second attempt serves those who waited since the first`() async throws {
        let script = "echo started >> $NOTES; test $(wc -l < $NOTES) -ge 2 || exit 1; exec sleep 1000"
        try await withShell(script, health: false) { shell, engine in
            let caller = Task { try await engine.ensureReady(model: nil) }
            await expectSoon { shell.count(of: "started") == 2 }
            shell.isHealthy(after: .zero)
            let readiness = try await caller.value
            #expect(readiness.waited)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a crash in mid-stream fails the stream with the cause, and the next request finds a new process`()
        async throws
    {
        // Its last words before its pid: with that it can be killed.
        let script = "echo started >> $NOTES; echo out of memory >&2; echo $$ > $PID; sleep 1000 & wait"
        let lines = Notes()
        try await withShell(script, lines: lines) { shell, engine in
            shell.answers { request, connection in
                guard request.text.contains("deadly") else { return false }
                try connection.beginChunked(200, headers: [("Content-Type", "text/event-stream")])
                try connection.chunk(Array("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n".utf8))
                // The test answers for the script, so a request may be here before the script has said its pid.
                while shell.pid == 0, !connection.isPeerGone() { Thread.sleep(forTimeInterval: 0.005) }
                guard shell.pid > 0 else { return false }
                kill(shell.pid, SIGKILL)
                connection.reset()
                return true
            }
            let body: JSON.Object = ["messages": [["role": "user", "content": "deadly"]]]
            let failure = try #require(await engine.failure(.chat, body))
            #expect(failure.kind == .died)
            #expect(failure.description.contains("SIGKILL"))
            #expect(!failure.description.contains("out of memory"), "its lines may hold what clients sent")
            await expectSoon { lines.all.contains { $0.hasPrefix("warning") && $0.contains("out of memory") } }
            let answer = try await engine.all(.chat, ["messages": [["role": "user", "content": "hi"]]])
            #expect(answer.last?.object?["done"] == true)
            await expectSoon { shell.count(of: "started") == 2 }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a request that hangs is cancelled and the engine restarted`() async throws {
        let lines = Notes()
        let script = "echo started >> $NOTES; echo waiting for the GPU; exec sleep 1000"
        try await withShell(script, lines: lines, stallTimeout: .seconds(2)) { shell, engine in
            shell.answers { request, connection in
                guard request.text.contains("hang") else { return false }
                connection.waitUntilPeerGone(timeout: .seconds(60))
                return true
            }
            let hanging: JSON.Object = ["messages": [["role": "user", "content": "hang"]]]
            #expect(await engine.failure(.chat, hanging)?.kind == .stalled)
            #expect(lines.all.count { $0.hasPrefix("warning") && $0.contains("last lines: waiting for the GPU") } == 1)
            _ = try await engine.ensureReady(model: nil)
            await expectSoon { shell.count(of: "started") == 2 }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a shutdown leaves no process, not even a runner that ignores SIGTERM`() async throws {
        let script = "(trap '' TERM; echo $(exec sh -c 'echo $PPID') > $PID; while :; do sleep 0.05; done) & wait"
        try await withShell(script) { shell, engine in
            _ = try await engine.ensureReady(model: nil)
            await expectSoon { shell.pid > 0 }
            let runner = shell.pid
            #expect(isAlive(runner))
            await engine.shutdown()
            #expect(!isAlive(runner))
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a shutdown in the middle of a start ends what was started`() async throws {
        try await withShell("echo $$ > $PID; exec sleep 1000", health: false) { shell, engine in
            let caller = Task { try await engine.ensureReady(model: nil) }
            await expectSoon { shell.pid > 0 }
            await engine.shutdown()
            #expect(!isAlive(shell.pid))
            let outcome = await caller.result
            #expect(throws: EngineFailure(.cancelled, "The engine is being shut down.")) { try outcome.get() }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a server that never answers is given up`() async throws {
        try await withShell(
            "echo started >> $NOTES; exec sleep 1000",
            health: false,
            startTimeout: .milliseconds(50)
        ) { shell, engine in
            let failure = try #require(await engine.startFailure())
            #expect(failure.kind == .gaveUp)
            #expect(failure.description.contains("readiness probe"))
            #expect(shell.count(of: "started") == 3)
        }
    }

    private func withShell(
        _ script: String,
        health: Bool = true,
        lines: Notes? = nil,
        stallTimeout: Duration = .seconds(60),
        startTimeout: Duration? = nil,
        _ body: (Shell, EngineSupervisor) async throws -> Void
    ) async throws {
        let shell = try Shell(isHealthy: health)
        defer { shell.stop() }
        let configuration = EngineConfiguration(
            kind: .openAI,
            program: "/bin/sh",
            arguments: ["-c", script],
            url: shell.url,
            stallTimeout: stallTimeout,
            startTimeout: startTimeout,
            environment: ["PATH": "/usr/bin:/bin", "NOTES": shell.path("notes"), "PID": shell.path("pid")]
        )
        try await withEngine(configuration, lines: lines) { engine, _ in try await body(shell, engine) }
    }
}
