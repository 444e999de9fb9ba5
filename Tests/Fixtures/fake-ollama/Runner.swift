import Glibc
import JSON
import Support
import TestSupport

/// The server's side of one runner process: the child that has a model loaded and makes the tokens.
final class Runner: Sendable {
    let pid: pid_t
    private let port: ReservedPort
    private let ending = Lock<String?>(nil)

    /// Starts this very program as a runner: in the same process group, with the same outputs, and without a
    /// parent-death signal.
    init(port: ReservedPort, model: String, context: Int, parallel: Int) throws {
        self.port = port
        let arguments = ["fake-ollama", "runner", "\(port.number)", model, "\(context)", "\(parallel)"]
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The server blocks the signals that it waits for; a mask is inherited.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var vector: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        defer { for pointer in vector { free(pointer) } }
        vector.append(nil)
        var child: pid_t = 0
        let code = posix_spawn(&child, "/proc/self/exe", nil, &attributes, vector, environ)
        guard code == 0 else { throw Refusal(500, "error starting llama-server: \(String(cString: strerror(code)))") }
        pid = child
    }

    /// How it ended, in the program's words: `signal: killed`, `exit status 1`. nil while it lives. Looks each time, so
    /// that a request right after a runner's death does not meet a dead one.
    var end: String? {
        ending.withLock { ending in
            var status: Int32 = 0
            if ending == nil, waitpid(pid, &status, WNOHANG) == pid {
                let signal = status & 0x7f
                ending = signal == 0 ? "exit status \(status >> 8 & 0xff)" : "signal: \(signalName(signal))"
            }
            return ending
        }
    }

    /// A signal, unless it is dead: its pid may be somebody else's by then.
    func signal(_ number: Int32) {
        ending.withLock { if $0 == nil { kill(pid, number) } }
    }

    /// What the runner's own health route says.
    enum Health {
        case unreachable, loading, ready
    }

    func health() -> Health {
        // A stopped runner accepts and says nothing, for as long as one asks.
        guard let client = try? WireClient(port: port.number, patience: .milliseconds(200)) else { return .unreachable }
        try? client.send("GET", "/health", headers: [("Connection", "close")])
        switch try? client.readResponse().status {
        case 200: return .ready
        case 503: return .loading
        default: return .unreachable
        }
    }

    /// Begins an answer: the connection gives a line for each token, then a last line, then ends.
    func begin(_ order: JSON) throws -> WireClient {
        let client = try WireClient(port: port.number, patience: .seconds(3600))
        try client.send("POST", "/completion", body: order.bytes)
        _ = try client.readHead()
        return client
    }
}

private func signalName(_ signal: Int32) -> String {
    switch signal {
    case SIGKILL: "killed"
    case SIGTERM: "terminated"
    case SIGSEGV: "segmentation fault"
    case SIGABRT: "aborted"
    case SIGINT: "interrupt"
    default: "signal \(signal)"
    }
}
