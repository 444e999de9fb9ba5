import CPosix
import Glibc
import TestSupport
import Testing

@testable import Processes

struct SpawnTests {
    @Test(arguments: [0, 1, 42, 255] as [Int32])
    func `exit codes`(code: Int32) async throws {
        let child = try await shell("exit \(code)")
        #expect(await child.exit() == .exited(code))
        #expect(child.exitStatus == .exited(code))
        #expect(child.exitStatus?.isSuccess == (code == 0))
    }

    @Test(arguments: [SIGKILL, SIGTERM, SIGSEGV, SIGPIPE, SIGINT])
    func `signals`(signal: Int32) async throws {
        let child = try await shell("kill -\(signal) $$; sleep 600")
        #expect(await child.exit() == .signalled(signal))
    }

    @Test func `statuses read well`() {
        #expect("\(ExitStatus.exited(1))" == "exit code 1")
        #expect("\(ExitStatus.signalled(SIGKILL))" == "signal 9 (SIGKILL)")
        #expect("\(ExitStatus.signalled(44))" == "signal 44")
    }

    @Test func `arguments, environment and folder arrive unchanged`() async throws {
        let lines = Lines()
        let arguments = ["-c", #"printf '%s\n' "$0" "$@"; pwd; env"#, "", "two words", "ü🦙", "$HOME 'x' \"y\""]
        let environment = ["A": "1=2", "B": "", "PATH": "/usr/bin:/bin"]
        let command = Command("/bin/sh", arguments, environment: environment, workingDirectory: "/usr")
        let child = try await ChildProcess.spawn(command) { lines.receive($0) }
        #expect(await child.exit() == .exited(0))
        let texts = lines.texts()
        #expect(texts.prefix(5) == ["", "two words", "ü🦙", "$HOME 'x' \"y\"", "/usr"])
        #expect(Set(texts).isSuperset(of: ["A=1=2", "B=", "PATH=/usr/bin:/bin"]))
        let owner = try #require(Owner.current)
        #expect(texts.contains("KINDLING_OWNER=\(owner)"))
        #expect(!texts.contains { $0.hasPrefix("HOME=") })
    }

    @Test func `our environment is inherited unless told otherwise`() {
        let path = getenv("PATH").map { String(cString: $0) }
        #expect(Command("/bin/sh").environment["PATH"] == path)
    }

    @Test func `a child has an empty input and a group of its own`() async throws {
        let lines = Lines()
        let child = try await shell("cat; echo pid $$; read -r stat </proc/$$/stat; echo \"$stat\"", into: lines)
        #expect(await child.exit() == .exited(0))
        #expect(lines.texts().first == "pid \(child.pid)")
        let stat = try #require(lines.texts().last)
        let record = try #require(ProcessRecord(stat: Array(stat.utf8)))
        #expect(record.group == child.pid)
    }

    @Test func `a child gets none of our descriptors`() async throws {
        let leaky = open("/dev/null", O_RDONLY)
        defer { close(leaky) }
        let lines = Lines()
        let child = try await shell("echo /proc/$$/fd/*", into: lines)
        #expect(await child.exit() == .exited(0))
        let texts = try #require(lines.texts().first).split(separator: " ").compactMap { $0.split(separator: "/").last }
        // The fourth is the folder that the shell is just reading.
        #expect(texts.compactMap { Int32($0) } == [0, 1, 2, 3])
        #expect(leaky > 3)
    }

    @Test func `a child starts with default signals whatever ours are`() async {
        await #expect(processExitsWith: .success) {
            for number in [SIGPIPE, SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_IGN) }
            let lines = Lines()
            let child = try await shell("grep -E 'Sig(Blk|Ign)' /proc/self/status", into: lines)
            #expect(await child.exit() == .exited(0))
            let masks = lines.texts().compactMap { $0.split(separator: "\t").last }.compactMap { UInt64($0, radix: 16) }
            // The C library keeps 32 and 33 for itself, and its posix_spawn (which started us) ignores one of them.
            #expect(masks.map { $0 & 0x7FFF_FFFF } == [0, 0])
        }
    }

    @Test func `a worker that was started with SIGCHLD ignored still learns how a child ended`() async {
        await #expect(processExitsWith: .success) {
            signal(SIGCHLD, SIG_IGN)
            let child = try await shell("exit 9")
            #expect(await child.exit() == .exited(9))
        }
    }

    @Test func `a worker whose own three descriptors are closed can still start children`() async {
        await #expect(processExitsWith: .success) {
            // What the runtime opens when it is first used is not to take the low numbers.
            _ = Owner.current
            try await Task.sleep(for: .milliseconds(1))
            for descriptor in Int32(0)...2 { close(descriptor) }
            // Without a `ChildProcess` around it, whose latches would take the low numbers before the pipes do.
            let child = try Launch.start(Command("/bin/sh", ["-c", "cat; echo out; echo err >&2"]))
            #expect(csystem_await_death(child.pid) == 0)
            #expect(text(from: child.standard_output) == "out\n")
            #expect(text(from: child.standard_error) == "err\n")
        }
    }

    @Test func `many at once do not mix`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in Int32(0)..<20 {
                group.addTask {
                    let lines = Lines()
                    let child = try await shell("echo I am \(number); exit \(number)", into: lines)
                    #expect(await child.exit() == .exited(number))
                    #expect(lines.texts() == ["I am \(number)"])
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `neither descriptors nor threads leak`() async {
        await #expect(processExitsWith: .success) {
            func round() async {
                if let child = try? await shell("echo a line") { _ = await child.exit() }
                _ = try? await ChildProcess.spawn(Command("/nonexistent/program"))
                _ = try? await ChildProcess.spawn(Command("/bin/true", workingDirectory: "/nonexistent"))
                if let child = try? await shell("sleep 600") { _ = await child.end(grace: .seconds(60)) }
            }
            // The first ones let the runtime open and start what it keeps.
            for _ in 1...3 { await round() }
            let (descriptors, threads) = (count("/proc/self/fd"), count("/proc/self/task"))
            for _ in 1...25 { await round() }
            // Each kind of spawn came 25 times, so a leak is 25 at least; the runtime opens a timer more when it likes.
            #expect(await eventually { count("/proc/self/fd") < descriptors + 10 })
            #expect(await eventually { count("/proc/self/task") < threads + 10 })
        }
    }
}
