import Glibc
import JSON
import Support
import TestSupport

/// `fake-ollama serve`: starts in the recorded order, answers, and ends as the recorded program ends.
final class Server: Sendable {
    let settings: ServerSettings
    let switches: Switchboard
    let journal: Journal
    let log: Log
    let library: Library
    let scheduler: Scheduler
    let begin = ContinuousClock.now
    private let hasDiscovered = Lock(false)
    private let requests = Lock(0)

    init(environment: [String: String], switches: Switchboard) throws {
        self.switches = switches
        settings = try ServerSettings(environment: environment)
        journal = try Journal(path: switches.text(.journal))
        let folder = Fixture.path("ollama")
        log = try Log(recordedIn: "\(folder)/log-cold-start.txt").with([
            ("127.0.0.1:11434", "\(settings.host):\(settings.port)"), ("$MODELS", settings.modelsFolder),
            ("OLLAMA_CONTEXT_LENGTH:0", "OLLAMA_CONTEXT_LENGTH:\(environment["OLLAMA_CONTEXT_LENGTH"] ?? "0")"),
            ("OLLAMA_NUM_PARALLEL:1", "OLLAMA_NUM_PARALLEL:\(settings.parallel)"),
        ])
        library = try Library(folder: switches.text(.recordings) ?? "\(folder)/exchanges")
        scheduler = Scheduler(settings: settings, switches: switches, journal: journal, log: log)
    }

    /// Until a signal ends it; the exit code.
    func run() throws -> Int32 {
        if let code = switches.number(.exitCode), switches.claimFault() {
            Log.standardError("Error: told to exit with \(code)")
            return Int32(truncatingIfNeeded: code)
        }
        pause(switches.milliseconds(.startMilliseconds, default: 0))
        let signals = SignalWait()
        for warning in settings.warnings {
            Log.standardError("time=\(Times.logStamp()) level=WARN \(warning)")
        }
        log.server(from: "server config", through: "cloud disabled")
        try settings.prepareModelsFolder()
        let server = try listen()
        journal.note("listening", ["port": JSON(server.port)])
        log.server(from: "total blobs", through: "Listening on")
        flood()
        log.server(from: "discovering available GPUs", through: "discovering available GPUs")
        pause(switches.milliseconds(.discoveryMilliseconds, default: 20))
        log.server(from: "inference compute", through: "vram-based default context")
        hasDiscovered.withLock { $0 = true }
        return serve(until: signals, server)
    }

    /// The port opens before discovery; a request that comes in between waits for its end.
    func awaitDiscovery(_ connection: TestServer.Connection) throws {
        while !hasDiscovered.withLock({ $0 }) {
            if connection.waitUntilPeerGone(timeout: .milliseconds(1)) { throw ClientGone() }
        }
    }

    func nextTicket() -> Int {
        requests.withLock { number in
            number += 1
            return number
        }
    }

    var models: [Model] {
        (switches.text(.models) ?? Model.standard).split(separator: ",").map { Model(name: Model.full(String($0))) }
    }

    func flood() {
        for number in 0..<(switches.number(.logFlood) ?? 0) {
            Log.standardError("cmn  flood: line \(number) " + String(repeating: "x", count: 100))
        }
    }

    private func listen() throws -> TestServer {
        do {
            return try TestServer(port: settings.port, host: settings.host) { request, connection in
                try self.answer(request, connection)
            }
        } catch let error as SocketError {
            let address = "\(settings.host):\(settings.port)"
            throw StartError(message: "listen tcp \(address): \(error.operation): \(goErrorText(error.code))")
        }
    }

    private func serve(until signals: SignalWait, _ server: TestServer) -> Int32 {
        while true {
            let signal = signals.next(within: .milliseconds(10))
            scheduler.beat()
            if let parent = switches.number(.parent), getppid() != parent {
                scheduler.endRunners()
                return 1
            }
            guard let signal, signal != SIGCHLD else { continue }
            journal.note("signal", ["number": JSON(signal)])
            if signal == SIGQUIT {
                Log.standardError("SIGQUIT: quit")
                return 2
            }
            if !switches.isOn(.serverIgnoresTerm) { break }
        }
        // Nothing is drained: the connections are cut first, so that no client hears of the runner's end.
        scheduler.stop()
        server.stop()
        scheduler.endRunners()
        journal.note("exit", ["code": 0])
        return 0
    }
}

/// The signals that the program handles; all other threads are shielded from them.
struct SignalWait {
    private var set = sigset_t()

    /// Before any other thread starts, for a mask is inherited.
    init() {
        sigemptyset(&set)
        for signal in [SIGTERM, SIGINT, SIGQUIT, SIGCHLD] { sigaddset(&set, signal) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// The next one; nil when none came in time.
    func next(within duration: Duration) -> Int32? {
        var timeout = timespec(tv_sec: 0, tv_nsec: duration.nanoseconds)
        var set = set
        let signal = sigtimedwait(&set, nil, &timeout)
        return signal > 0 ? signal : nil
    }
}
