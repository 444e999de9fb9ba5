import Glibc
import Support
import TestSupport

/// A command line with its whole environment.
struct Program: Sendable {
    let path: String
    let arguments: [String]
    let environment: [String: String]
}

/// A worker in a process group of its own, its output thrown away: reading it would cost the machine more than writing
/// it costs the worker.
struct WorkerProcess: Sendable {
    let pid: pid_t
    /// Just before the call that made it.
    let started: Instant

    static func spawn(_ program: Program) throws(BenchmarkFailure) -> WorkerProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in STDIN_FILENO...STDERR_FILENO {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        posix_spawnattr_setpgroup(&attributes, 0)
        // The benchmark blocks the signals that end it; a worker must not inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)

        var pid: pid_t = 0
        let started = Instant.now
        let code = withCStrings([program.path] + program.arguments) { arguments in
            withCStrings(program.environment.map { "\($0)=\($1)" }) { environment in
                posix_spawn(&pid, program.path, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else {
            throw BenchmarkFailure("\(program.path) could not be started: \(String(cString: strerror(code)))")
        }
        return WorkerProcess(pid: pid, started: started)
    }

    /// Kills the whole group. Whether a worker ends well is not measured here.
    func end() {
        kill(-pid, SIGKILL)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }

    /// Whether it has ended by itself. It stays to be waited for.
    var hasEnded: Bool {
        var information = siginfo_t()
        return waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_signo != 0
    }
}

/// The workers that run, so that a signal can end them, too.
final class Nursery: Sendable {
    private let running = Lock<[pid_t: WorkerProcess]>([:])

    func spawn(_ program: Program) throws(BenchmarkFailure) -> WorkerProcess {
        // Under the lock: a signal that comes now finds the worker in the table.
        try running.withLock { running throws(BenchmarkFailure) in
            let worker = try WorkerProcess.spawn(program)
            running[worker.pid] = worker
            return worker
        }
    }

    func end(_ worker: WorkerProcess) {
        if running.withLock({ $0.removeValue(forKey: worker.pid) }) != nil { worker.end() }
    }

    /// Blocks the signals that end a program in all threads, and gives them a thread that ends the workers first.
    /// To be called before any other thread exists.
    func watchSignals() throws {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, signal) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let awaited = signals
        _ = try BlockingThread.start { [self] in
            var signal: Int32 = 0
            var signals = awaited
            sigwait(&signals, &signal)
            let workers = running.withLock { Array($0.values) }
            for worker in workers { worker.end() }
            _exit(128 + signal)
        }
    }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    pointers.append(nil)
    return body(pointers)
}
