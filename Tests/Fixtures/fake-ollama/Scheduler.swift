import Glibc
import JSON
import Support
import TestSupport

/// Gives each request a runner with its model: waits in line, loads, replaces, unloads.
final class Scheduler: Sendable {
    private let settings: ServerSettings
    private let switches: Switchboard
    private let journal: Journal
    private let log: Log
    private let schedule: Lock<Schedule>
    /// Every runner that was started and not yet reaped.
    private let children = Lock<[Runner]>([])
    private let isStopping = Lock(false)

    init(settings: ServerSettings, switches: Switchboard, journal: Journal, log: Log) {
        self.settings = settings
        self.switches = switches
        self.journal = journal
        self.log = log
        schedule = Lock(Schedule(settings: settings))
    }

    /// What `/api/ps` and `/fake/state` show: also a runner that has died and that no request has met yet.
    var entries: [Schedule.Entry] {
        schedule.withLock { $0.entries.filter { $0.runner != nil } }
    }

    var loads: Int { schedule.withLock { $0.loads } }

    /// Runs `body` with a runner that has the model loaded; blocks until one is free.
    func withRunner(_ demand: Demand, _ body: (Runner) throws -> Void) throws {
        let runner = try acquire(demand)
        defer {
            schedule.withLock { schedule in
                schedule.leave(demand.ticket)
                schedule.keep(demand.model, for: demand.keepAlive)
            }
            endEvicted()
        }
        try body(runner)
    }

    func unload(_ model: String) {
        schedule.withLock { $0.unload(model) }
        endEvicted()
    }

    /// Some milliseconds have passed: reaps the dead and unloads the expired.
    func beat() {
        let dead = children.withLock { children in
            let dead = children.filter { $0.end != nil }
            children.removeAll { child in dead.contains { $0 === child } }
            return dead
        }
        for runner in dead {
            journal.note("runner_ended", ["runner": JSON(runner.pid), "how": .string(runner.end ?? "")])
        }
        schedule.withLock { $0.expire(at: .now) }
        endEvicted()
    }

    /// No request waits any longer.
    func stop() {
        isStopping.withLock { $0 = true }
    }

    /// Ends all runners for certain, except those that were told to ignore it.
    func endRunners() {
        let all = children.withLock { $0 }
        for runner in all { runner.signal(SIGTERM) }
        guard !switches.isOn(.runnerIgnoresTerm) else { return }
        pause(.milliseconds(5))
        for runner in all { runner.signal(SIGKILL) }
    }

    private func acquire(_ demand: Demand) throws -> Runner {
        while true {
            let step = schedule.withLock { $0.step(demand.ticket, model: demand.model, context: demand.context) }
            endEvicted()
            switch step {
            case .run(let runner): return runner
            case .load: return try load(demand)
            case .refuse: throw Refusal(503, "server busy, please try again.  maximum pending requests exceeded")
            case .wait(let isLoading): try wait(demand, isLoading: isLoading)
            }
        }
    }

    /// A request that waits for a slot notices that its client went away. One that waits for somebody else's load does
    /// not, as the recorded program does not.
    private func wait(_ demand: Demand, isLoading: Bool) throws {
        let isGone = demand.connection.waitUntilPeerGone(timeout: .milliseconds(2))
        if isGone, !isLoading || isStopping.withLock({ $0 }) {
            schedule.withLock { $0.leave(demand.ticket) }
            throw ClientGone()
        }
        if isGone { pause(.milliseconds(2)) }
    }

    private func load(_ demand: Demand) throws -> Runner {
        var started: Runner?
        do {
            let runner = try spawn(demand)
            started = runner
            try awaitReady(runner, demand)
            schedule.withLock { $0.loaded(demand.ticket, model: demand.model, runner: runner) }
            journal.note("load_ended", ["model": .string(demand.model), "runner": JSON(runner.pid)])
            return runner
        } catch {
            started?.signal(SIGKILL)
            schedule.withLock { $0.loaded(demand.ticket, model: demand.model, runner: nil) }
            log.server(
                source: "sched.go:641",
                "msg=\"Load failed\" model=\(demand.model) error=\(goString("\(error)"))"
            )
            journal.note("load_failed", ["model": .string(demand.model), "why": .string("\(error)")])
            throw error
        }
    }

    private func spawn(_ demand: Demand) throws -> Runner {
        let context = Schedule.rounded(demand.context ?? settings.context)
        let port = try ReservedPort()
        let log = log.with([
            ("38817", "\(port.number)"), ("gemma:270m", demand.model),
            ("-c 4096 -np 1", "-c \(context * settings.parallel) -np \(settings.parallel)"),
        ])
        log.server(from: "disabling mmap", through: "using llama-server for model")
        let runner = try Runner(port: port, model: demand.model, context: context, parallel: settings.parallel)
        children.withLock { $0.append(runner) }
        journal.note(
            "load_started",
            ["model": .string(demand.model), "context": JSON(context), "runner": JSON(runner.pid)]
        )
        log.server(from: "starting llama-server", through: "llm server not responding")
        return runner
    }

    private func awaitReady(_ runner: Runner, _ demand: Demand) throws {
        let begin = ContinuousClock.now
        var hasSaidLoading = false
        while true {
            if let code = switches.number(.exitDuringLoad), switches.claimFault() {
                _exit(Int32(truncatingIfNeeded: code))
            }
            if let end = runner.end { throw Refusal(500, "llama-server process has terminated: \(end)") }
            switch runner.health() {
            case .ready: return sayStarted(demand, after: begin.duration(to: .now))
            case .loading where !hasSaidLoading:
                log.server(from: "llm server loading model", through: "llm server loading model")
                hasSaidLoading = true
            default: break
            }
            if let timeout = settings.loadTimeout, begin.duration(to: .now) > timeout {
                throw Refusal(500, "timed out waiting for llama-server to start - ")
            }
            // The first request's client takes the load with it; the others' clients do not matter.
            if demand.connection.waitUntilPeerGone(timeout: switches.milliseconds(.pollMilliseconds, default: 5)) {
                throw ClientGone(isLoading: true)
            }
        }
    }

    private func sayStarted(_ demand: Demand, after duration: Duration) {
        let hundredths = duration.nanoseconds / 10_000_000
        let seconds = "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
        let log = log.with([("1.28 seconds", "\(seconds) seconds"), ("gemma:270m", demand.model)])
        log.server(from: "llama-server started in", through: "waiting for llama-server to start")
        log.server(from: "llama-server started in", through: "llama-server started in")
    }

    /// A dead one is what the next request stumbles over; a living one is sent away.
    private func endEvicted() {
        for runner in schedule.withLock({ $0.takeEvicted() }) {
            guard let end = runner.end else {
                runner.signal(SIGTERM)
                journal.note("unloaded", ["runner": JSON(runner.pid)])
                continue
            }
            let message = "msg=\"llama-server process no longer running\" sys=9 string=\"\(end)\""
            for _ in 0..<2 { log.server(level: "WARN", source: "llama_server.go:1196", message) }
        }
    }
}

/// What a request needs from the scheduler.
struct Demand {
    let ticket: Int
    let model: String
    /// nil: the server's own.
    let context: Int?
    /// nil: for ever.
    let keepAlive: Duration?
    let connection: TestServer.Connection
}
