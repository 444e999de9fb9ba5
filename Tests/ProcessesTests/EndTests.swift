import Glibc
import TestSupport
import Testing

@testable import Processes

struct EndTests {
    /// A model runner that misses its end.
    private static let runner = #"sh -c 'trap "" TERM; echo runner $$; while :; do sleep 1; done' &"#

    @Test func `a runner that ignores SIGTERM does not survive a leader that obeys it`() async throws {
        let lines = Lines()
        let child = try await shell("trap 'echo bye; exit 0' TERM; \(Self.runner) wait", into: lines)
        let runner = try await lines.number(after: "runner")
        #expect(await child.end(grace: .seconds(120)) == .exited(0))
        #expect(!isRunning(runner))
        #expect(child.lastLines.last == "bye")
    }

    @Test func `a leader that ignores SIGTERM is killed after the grace`() async throws {
        let lines = Lines()
        let child = try await shell("trap '' TERM; \(Self.runner) echo ready; while :; do sleep 1; done", into: lines)
        try await lines.wait(for: "ready")
        let runner = try await lines.number(after: "runner")
        let begin = ContinuousClock.now
        #expect(await child.end(grace: .milliseconds(300)) == .signalled(SIGKILL))
        #expect(ContinuousClock.now - begin >= .milliseconds(300))
        #expect(!isRunning(runner))
    }

    @Test func `a stopped child is killed after the grace`() async throws {
        let child = try await shell("sleep 600")
        child.signal(SIGSTOP)
        // Until it stands still, SIGTERM would overtake.
        var info = siginfo_t()
        #expect(waitid(P_PID, id_t(child.pid), &info, WSTOPPED) == 0)
        #expect(await child.end(grace: .milliseconds(100)) == .signalled(SIGKILL))
    }

    @Test func `a leader that ends by itself leaves nobody behind`() async throws {
        let lines = Lines()
        let folder = try TemporaryFolder()
        let mark = folder.path("up")
        let child = try await shell(
            #"sh -c 'trap "" TERM; echo runner $$; echo >\#(mark); sleep 600' &"#
                + " until [ -e \(mark) ]; do sleep 0.01; done; exit 7",
            into: lines
        )
        #expect(await child.exit() == .exited(7))
        #expect(!isRunning(try await lines.number(after: "runner")))
    }

    @Test func `a killed leader leaves nobody behind`() async throws {
        let lines = Lines()
        let child = try await shell("\(Self.runner) wait", into: lines)
        let runner = try await lines.number(after: "runner")
        kill(child.pid, SIGKILL)
        #expect(await child.exit() == .signalled(SIGKILL))
        #expect(!isRunning(runner))
    }

    @Test func `many may end it, there is one SIGTERM, and all learn how it ended`() async throws {
        let lines = Lines()
        let script = "trap 'echo TERM' TERM; echo ready; while [ ! -e \"$0\" ]; do sleep 0.05; done; exit 3"
        let folder = try TemporaryFolder()
        let command = Command("/bin/sh", ["-c", script, folder.path("go")])
        let child = try await ChildProcess.spawn(command) { lines.receive($0) }
        try await lines.wait(for: "ready")
        let statuses = await withTaskGroup(of: Processes.ExitStatus.self) { group in
            for _ in 1...10 { group.addTask { await child.end(grace: .seconds(120)) } }
            group.addTask {
                _ = await eventually { lines.texts().contains("TERM") }
                _ = try? folder.write("go", [])
                return await child.exit()
            }
            return await group.reduce(into: [] as [Processes.ExitStatus]) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: .exited(3), count: 11))
        #expect(lines.texts() == ["ready", "TERM"])
        #expect(await child.end(grace: .zero) == .exited(3))
    }

    @Test func `the shortest grace counts`() async throws {
        let lines = Lines()
        let child = try await shell("trap '' TERM; echo ready; while :; do sleep 1; done", into: lines)
        try await lines.wait(for: "ready")
        async let patient = child.end(grace: .seconds(3_600))
        async let hasty = child.end(grace: .zero)
        #expect(await [patient, hasty] == [.signalled(SIGKILL), .signalled(SIGKILL)])
    }

    @Test func `signals reach the group, and nobody once it is over`() async throws {
        let lines = Lines()
        let child = try await shell("trap 'echo got it' USR1; echo ready; while :; do sleep 1; done", into: lines)
        try await lines.wait(for: "ready")
        child.signal(SIGUSR1)
        try await lines.wait(for: "got it")
        #expect(await child.end(grace: .seconds(60)) == .signalled(SIGTERM))
        child.signal(SIGKILL)
    }

    @Test func `a cancelled task that ends a child still grants the grace`() async throws {
        let lines = Lines()
        let child = try await shell("trap 'sleep 0.5; exit 0' TERM; echo ready; sleep 600 & wait", into: lines)
        try await lines.wait(for: "ready")
        let ending = Task { await child.end(grace: .seconds(120)) }
        ending.cancel()
        #expect(await ending.value == .exited(0))
    }

    @Test func `a cancelled wait loses neither the child nor its end`() async throws {
        let child = try await shell("sleep 600")
        let waits = (1...10).map { _ in Task { try await child.exitUnlessCancelled() } }
        let stubborn = Task { await child.exit() }
        for wait in waits { wait.cancel() }
        stubborn.cancel()
        for wait in waits {
            await #expect(throws: CancellationError.self) { try await wait.value }
        }
        #expect(child.exitStatus == nil)
        #expect(await child.end(grace: .seconds(60)) == .signalled(SIGTERM))
        #expect(await stubborn.value == .signalled(SIGTERM))
        #expect(try await child.exitUnlessCancelled() == .signalled(SIGTERM))
    }

    @Test func `a spawn whose task is cancelled still hands over the child`() async throws {
        let spawning = Task { try await shell("sleep 600") }
        spawning.cancel()
        let child = try await spawning.value
        #expect(await child.end(grace: .seconds(60)) == .signalled(SIGTERM))
    }
}
