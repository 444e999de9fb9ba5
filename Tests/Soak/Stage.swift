import Glibc
import TestSupport

/// A queue, a state folder, and a worker with an engine of its own.
final class Stage {
    let queue: FaultyQueue
    let worker: RunningProgram
    private let state: TemporaryFolder
    private let port: ReservedPort

    init(programs: Programs, concurrency: Int, tokenMicroseconds: Int = 0) throws {
        queue = try FaultyQueue(heartbeat: .milliseconds(500))
        state = try TemporaryFolder("soak")
        port = try ReservedPort()
        var environment = queue.environment(state: state.path("state"))
        environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        environment["HOME"] = state.path
        environment["KINDLING_ENGINE"] = "ollama"
        environment["KINDLING_ENGINE_PROGRAM"] = try programs.enginePath()
        environment["KINDLING_MODEL"] = "gemma:270m"
        // A line for each job would be most of what the run does.
        environment["KINDLING_LOG_LEVEL"] = "error"
        environment["OLLAMA_HOST"] = "127.0.0.1:\(port.number)"
        environment["OLLAMA_MODELS"] = state.path("models")
        environment["FAKE_OLLAMA_TOKEN_US"] = "\(tokenMicroseconds)"
        worker = try RunningProgram(
            try programs.workerPath(),
            ["worker", "--concurrency", "\(concurrency)"],
            environment: environment
        )
    }

    /// What waits in the outbox, by file; the rejected included.
    func filesLeft() throws -> [String] {
        let outbox = state.path("state/outbox")
        guard access(outbox, F_OK) == 0 else { return [] }
        let found = try RunningProgram("/usr/bin/find", [outbox, "-type", "f", "-not", "-name", ".*"])
        _ = found.waitForEnd()
        return found.standardOutput.split(separator: "\n").map(String.init)
    }

    func end() {
        worker.killGroup()
        queue.stop()
    }
}
