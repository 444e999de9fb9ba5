import Glibc
import Support

/// The ways to misbehave. In the environment each name has `FAKE_OLLAMA_` before it.
enum Switch: String, CaseIterable, Sendable {
    case startMilliseconds = "START_MS"
    case discoveryMilliseconds = "DISCOVERY_MS"
    case versionMilliseconds = "VERSION_MS"
    case loadMilliseconds = "LOAD_MS"
    case loadGate = "LOAD_GATE"
    case pollMilliseconds = "POLL_MS"
    case prefillMilliseconds = "PREFILL_MS"
    case tokenMicroseconds = "TOKEN_US"
    case tokens = "TOKENS"
    case models = "MODELS"
    case exitCode = "EXIT_CODE"
    case exitDuringLoad = "EXIT_DURING_LOAD"
    case runnerDiesLoading = "RUNNER_DIES_LOADING"
    case crashRunnerAfter = "CRASH_RUNNER_AFTER"
    case crashServerAfter = "CRASH_SERVER_AFTER"
    case hangAfter = "HANG_AFTER"
    case hangHow = "HANG_HOW"
    case errorLineAfter = "ERROR_LINE_AFTER"
    case poison = "POISON"
    case garbage = "GARBAGE"
    case busy = "BUSY"
    case runnerIgnoresTerm = "RUNNER_IGNORES_TERM"
    case serverIgnoresTerm = "SERVER_IGNORES_TERM"
    case logFlood = "LOG_FLOOD"
    case counter = "COUNTER"
    case times = "TIMES"
    case journal = "JOURNAL"
    case recordings = "RECORDINGS"
    case parent = "PARENT"

    static let prefix = "FAKE_OLLAMA_"

    var variable: String { Switch.prefix + rawValue }

    var meaning: String {
        switch self {
        case .startMilliseconds: "wait before the port is opened (0)"
        case .discoveryMilliseconds: "from the open port to the first answer on any route (20)"
        case .versionMilliseconds: "for so long after the start, / and /api/version get no answer (0)"
        case .loadMilliseconds: "how long the runner loads a model (20)"
        case .loadGate: "a file: in the middle of a load the runner waits until it is there"
        case .pollMilliseconds: "how often the server asks a loading runner; the real one every 250 (5)"
        case .prefillMilliseconds: "from the request to the first token, when the model is loaded (0)"
        case .tokenMicroseconds: "from token to token (200)"
        case .tokens: "length of an answer that is not limited; when set, no answer is taken from a recording (16)"
        case .models: "names, separated by commas (gemma:270m,gemma-tools:270m,gemma-tools2:270m,tiny-embed:latest)"
        case .exitCode: "exit with this code at once, after one line on stderr"
        case .exitDuringLoad: "the server exits with this code while a model loads, and leaves the runner"
        case .runnerDiesLoading: "1: the runner kills itself in the middle of a load"
        case .crashRunnerAfter: "the runner kills itself after so many tokens of an answer"
        case .crashServerAfter: "the server kills itself after so many tokens of an answer, and leaves the runner"
        case .hangAfter: "after so many tokens of an answer (0: before the first) it hangs"
        case .hangHow:
            "what hangs: `silent` (this answer only), `server` or `runner` (the process stops itself) (silent)"
        case .errorLineAfter: "after so many tokens of an answer comes an error line, and all else lives on"
        case .poison: "the runner kills itself at each request that contains this word"
        case .garbage: "1: every request is answered with bytes that are not HTTP"
        case .busy: "1: every request for a model is answered with 503"
        case .runnerIgnoresTerm: "1: the runner ignores SIGTERM, and the server leaves it behind"
        case .serverIgnoresTerm: "1: the server ignores SIGTERM and SIGINT"
        case .logFlood: "so many lines more on stderr at the start and at each request for a model"
        case .counter: "a file that counts faults over all processes; with it only the first TIMES faults happen"
        case .times: "how many faults happen when COUNTER is set (1)"
        case .journal: "a file that gets one JSON line for each thing that the engine sees"
        case .parent: "a pid: when it is no longer the parent, the server and its runners end (nobody watches)"
        case .recordings: "the folder of the recorded exchanges (the one in this repository)"
        }
    }

    /// Switches whose value is text; all others take a whole number.
    var takesText: Bool {
        switch self {
        case .models, .hangHow, .poison, .loadGate, .counter, .journal, .recordings: true
        default: false
        }
    }
}

/// The switches as they stand: from the environment, and later from `POST /fake/switches`.
final class Switchboard: Sendable {
    private let values = Lock<[Switch: String]>([:])

    init(environment: [String: String]) throws(UsageError) {
        for (name, value) in environment where name.hasPrefix(Switch.prefix) {
            try set(String(name.dropFirst(Switch.prefix.count)), to: value)
        }
    }

    func set(_ name: String, to value: String?) throws(UsageError) {
        guard let key = Switch(rawValue: name) else {
            throw UsageError(message: "there is no switch \(Switch.prefix)\(name); see fake-ollama --help")
        }
        if let value, !key.takesText, Int(value) == nil {
            throw UsageError(message: "\(key.variable) takes a whole number, not \"\(value)\"")
        }
        if key == .hangHow, let value, HangKind(rawValue: value) == nil {
            throw UsageError(message: "\(key.variable) takes silent, server or runner, not \"\(value)\"")
        }
        values.withLock { $0[key] = value }
    }

    func text(_ key: Switch) -> String? {
        values.withLock { $0[key] }
    }

    func number(_ key: Switch) -> Int? {
        text(key).flatMap(Int.init)
    }

    func isOn(_ key: Switch) -> Bool {
        number(key) ?? 0 != 0
    }

    func milliseconds(_ key: Switch, default value: Int) -> Duration {
        .milliseconds(number(key) ?? value)
    }

    var hangKind: HangKind {
        text(.hangHow).flatMap(HangKind.init) ?? .silent
    }

    /// Whether a fault that is due may happen: always, or as long as the counter's file has room.
    func claimFault() -> Bool {
        guard let path = text(.counter) else { return true }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        // Appending is atomic, so the position after it is this fault's number, whichever process counts beside us.
        guard write(descriptor, ".", 1) == 1 else { return false }
        return lseek(descriptor, 0, Int32(SEEK_CUR)) <= number(.times) ?? 1
    }
}

/// What stops when an answer hangs.
enum HangKind: String, Sendable {
    case silent, server, runner
}
