import Glibc
import TestSupport
import Testing

@testable import Processes

struct OrphanTests {
    @Test func `after kill -9 of the worker the child gets SIGTERM and the sweep ends what ignores it`() async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
            let script = #"""
                trap 'echo >"$0/terminated"; exit 0' TERM
                sh -c 'trap "" TERM; echo $$ >"$0/runner.new"; mv "$0/runner.new" "$0/runner"; while :; do sleep 1; done' "$0" &
                wait
                """#
            _ = try await ChildProcess.spawn(Command("/bin/sh", ["-c", script, path]))
            try #require(await eventually { exists("\(path)/runner") })
            kill(getpid(), SIGKILL)
        }
        #expect(await eventually { exists(folder.path("terminated")) })
        let lines = Lines()
        _ = try await shell("echo runner $(cat \(folder.path("runner")))", into: lines).exit()
        let runner = try await lines.number(after: "runner")
        // Other suites sweep too, so it may be another sweep that finds it; SIGTERM alone does not end it.
        let orphans = await OrphanSweep.run()
        #expect(!isRunning(runner))
        if let orphan = orphans.first(where: { $0.pid == runner }) {
            #expect(orphan.name == "sh")
            #expect(orphan.owner.pid != getpid())
        }
    }

    @Test func `a process whose owner never lived is swept`() async throws {
        let command = Command("/usr/bin/env", ["\(Owner.variable)=\(getpid()):1", "/bin/sleep", "600"])
        let child = try await ChildProcess.spawn(command)
        // It is `env` itself, with our own marker, for a moment.
        #expect(
            await eventually {
                _ = await OrphanSweep.run()
                return child.exitStatus != nil
            }
        )
        #expect(child.exitStatus == .signalled(SIGKILL))
    }

    @Test func `the children of the living are left alone`() async throws {
        let lines = Lines()
        let child = try await shell("echo ready; sleep 600 & wait", into: lines)
        try await lines.wait(for: "ready")
        let orphans = await OrphanSweep.run()
        #expect(!orphans.contains { $0.pid == child.pid })
        #expect(child.exitStatus == nil)
        #expect(await child.end(grace: .seconds(60)) == .signalled(SIGTERM))
    }

    @Test func `a child does not outlive a worker that just ends`() async throws {
        let folder = try TemporaryFolder()
        await #expect(processExitsWith: .success) { [path = folder.path as String] in
            let script = #"trap 'echo >"$0/terminated"; exit 0' TERM; echo ready; sleep 600 & wait"#
            let lines = Lines()
            let command = Command("/bin/sh", ["-c", script, path])
            _ = try await ChildProcess.spawn(command) { lines.receive($0) }
            try await lines.wait(for: "ready")
        }
        #expect(await eventually { exists(folder.path("terminated")) })
        _ = await OrphanSweep.run()
    }
}
