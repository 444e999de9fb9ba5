import Glibc
import TestSupport
import Testing

@Suite(
    "the network between worker and queue",
    .enabled(if: NetworkNamespace.isPossible, Comment(rawValue: NetworkNamespace.needs)),
    .timeLimit(.minutes(10))
)
struct NetworkTests {
    private static let tokens = 40

    /// A worker in a network of its own, with an engine of its own in there, and a queue outside.
    private struct Site {
        let network: NetworkNamespace
        let queue: FaultyQueue
        let state: TemporaryFolder
        let port: ReservedPort

        init() throws {
            network = try NetworkNamespace()
            queue = try FaultyQueue(heartbeat: .seconds(2), host: network.queueAddress)
            state = try TemporaryFolder("faults")
            port = try ReservedPort()
        }

        func startWorker(host: String? = nil) throws -> RunningProgram {
            var environment = queue.environment(state: state.path("state"), host: host)
            environment["PATH"] = "/usr/sbin:/sbin:/usr/bin:/bin"
            environment["HOME"] = state.path
            environment["KINDLING_ENGINE"] = "ollama"
            environment["KINDLING_ENGINE_PROGRAM"] = try Fixture.executable("fake-ollama")
            environment["OLLAMA_HOST"] = "127.0.0.1:\(port.number)"
            environment["OLLAMA_MODELS"] = state.path("models")
            environment["KINDLING_MODEL"] = "gemma:270m"
            environment["FAKE_OLLAMA_TOKEN_US"] = "10000"
            let (program, arguments) = network.command(
                try Fixture.executable("kindling"),
                ["worker", "--concurrency", "4"]
            )
            return try RunningProgram(program, arguments, environment: environment)
        }

        func offer(_ count: Int) {
            for number in 0..<count {
                queue.offer("job-\(number)", tokens: NetworkTests.tokens, streams: number % 3 == 0)
            }
        }

        /// All jobs are done, and what was told while the cable was `broken` may have been told twice.
        func finish(_ count: Int, broken: ClosedRange<ContinuousClock.Instant>, _ worker: RunningProgram) async throws {
            #expect(await eventually(timeout: .seconds(200)) { queue.finishedCount == count }, "\(queue.finishedCount)")
            #expect(queue.accounts.brokenPromises(breaks: [broken]) == [])
            for job in queue.accounts.all {
                #expect(job.resultText?.split(separator: " ").count == NetworkTests.tokens)
            }
            worker.signal(SIGTERM)
            let end = try await blocking { worker.waitForEnd() }
            #expect(end == .exited(0), "\(worker.standardOutput.suffix(3000))")
        }
    }

    @Test("ten seconds in which no packet gets through, in the middle of streams")
    func outage() async throws {
        let site = try Site()
        site.offer(40)
        let worker = try site.startWorker()
        #expect(await eventually { site.queue.finishedCount > 2 })
        let begin = ContinuousClock.now
        try site.network.filter("-j", "DROP")
        try await Task.sleep(for: .seconds(10))
        try site.network.unfilter()
        site.queue.recover()
        try await site.finish(40, broken: begin...(.now), worker)
    }

    @Test("every connection is reset, for three seconds")
    func resets() async throws {
        let site = try Site()
        site.offer(40)
        let worker = try site.startWorker()
        #expect(await eventually { site.queue.finishedCount > 2 })
        let begin = ContinuousClock.now
        try site.network.filter("-p", "tcp", "-j", "REJECT", "--reject-with", "tcp-reset")
        try await Task.sleep(for: .seconds(3))
        try site.network.unfilter()
        site.queue.recover()
        try await site.finish(40, broken: begin...(.now), worker)
    }

    @Test("one packet in five is lost, each way, all the time")
    func loss() async throws {
        let site = try Site()
        try site.network.filter("-m", "statistic", "--mode", "random", "--probability", "0.2", "-j", "DROP")
        site.offer(20)
        let begin = ContinuousClock.now
        let worker = try site.startWorker()
        #expect(await eventually(timeout: .seconds(200)) { site.queue.finishedCount == 20 })
        try site.network.unfilter()
        try await site.finish(20, broken: begin...(.now), worker)
    }

    @Test("a name that does not resolve is an outage like any other: the worker is there when it does")
    func names() async throws {
        let site = try Site()
        site.offer(5)
        let begin = ContinuousClock.now
        let worker = try site.startWorker(host: "queue.test")
        #expect(await eventually { worker.standardOutput.contains("queue.test") }, "it says which name")
        try await Task.sleep(for: .seconds(6))
        #expect(isAlive(worker.pid))
        #expect(worker.standardOutput.split(separator: "\n").count < 100, "and does not fill the log")
        try site.network.setHosts("\(site.network.queueAddress) queue.test")
        try await site.finish(5, broken: begin...(.now), worker)
    }
}
