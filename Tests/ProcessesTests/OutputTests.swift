import Glibc
import Support
import TestSupport
import Testing

@testable import Processes

struct OutputTests {
    @Test func `both outputs are read, in order within each`() async throws {
        let lines = Lines()
        let child = try await shell("for i in 1 2 3; do echo out $i; echo err $i >&2; done; printf tail", into: lines)
        #expect(await child.exit() == .exited(0))
        #expect(lines.texts(.standardOutput) == ["out 1", "out 2", "out 3", "tail"])
        #expect(lines.texts(.standardError) == ["err 1", "err 2", "err 3"])
        for stream in [OutputLine.Stream.standardOutput, .standardError] {
            let times = lines.all.filter { $0.stream == stream }.map(\.arrived)
            #expect(times == times.sorted())
        }
    }

    @Test func `all lines are there when the exit is reported`() async throws {
        for _ in 1...20 {
            let lines = Lines()
            let child = try await shell("yes line | head -n 2000; echo why it failed >&2; exit 1", into: lines)
            #expect(await child.exit() == .exited(1))
            #expect(lines.texts().count == 2000)
            #expect(child.lastLines.contains("why it failed"))
            #expect(child.lastLines.count == 20)
        }
    }

    @Test func `megabytes without a newline come in pieces`() async throws {
        let lines = Lines()
        let child = try await shell("head -c 10485760 /dev/zero | tr '\\0' x; echo end", into: lines)
        #expect(await child.exit() == .exited(0))
        #expect(lines.texts().map(\.utf8.count) == Array(repeating: 65_536, count: 160) + [3])
    }

    @Test func `a flood on both outputs is read to its end`() async throws {
        let counts = Lock([OutputLine.Stream: Int]())
        let flood = "yes 0123456789012345678901234567890123456789 | head -n 100000"
        let command = Command("/bin/sh", ["-c", "\(flood) & \(flood) >&2; wait"])
        let child = try await ChildProcess.spawn(command) { line in
            counts.withLock { $0[line.stream, default: 0] += 1 }
        }
        #expect(await child.exit() == .exited(0))
        #expect(counts.withLock { $0 } == [.standardOutput: 100_000, .standardError: 100_000])
    }

    @Test func `a child that closes its outputs lives on`() async throws {
        let lines = Lines()
        let child = try await shell("echo ready; exec >&- 2>&-; exec sleep 600", into: lines)
        try await lines.wait(for: "ready")
        #expect(child.exitStatus == nil)
        #expect(await child.end(grace: .seconds(60)) == .signalled(SIGTERM))
    }

    @Test func `a receiver that hangs delays the end, and does not prevent it`() async throws {
        let gate = try Latch()
        let command = Command("/bin/sh", ["-c", "echo stuck; exec sleep 600"])
        let child = try await ChildProcess.spawn(command) { _ in gate.wait(atMost: .seconds(300)) }
        #expect(await child.end(grace: .seconds(60)) == .signalled(SIGTERM))
        gate.open()
    }

    @Test func `a grandchild that left the group and holds the pipe does not hold the end`() async throws {
        let folder = try TemporaryFolder()
        let mark = folder.path("left")
        let lines = Lines()
        let child = try await shell(
            """
            setsid sh -c 'echo left $$; echo >\(mark); exec sleep 600' &
            until [ -e \(mark) ]; do sleep 0.01; done
            echo the last word; exit 5
            """,
            into: lines
        )
        #expect(await child.exit() == .exited(5))
        #expect(lines.texts().last == "the last word")
        let grandchild = try await lines.number(after: "left")
        #expect(isRunning(grandchild))
        kill(grandchild, SIGKILL)
    }

    @Test func `neither does one that never stops writing, and it is cut off`() async throws {
        let folder = try TemporaryFolder()
        let mark = folder.path("left")
        let lines = Lines()
        let child = try await shell(
            "setsid sh -c 'echo left $$; echo >\(mark); exec yes' & until [ -e \(mark) ]; do sleep 0.01; done; exit 6",
            into: lines
        )
        #expect(await child.exit() == .exited(6))
        let writer = try await lines.number(after: "left")
        // The pipe has no reader any more. (A reader that went on would end the wait too, by its time limit.)
        #expect(await eventually { !isRunning(writer) })
        kill(writer, SIGKILL)
    }
}
