/// Which request may run on which runner: the rules, without processes or threads.
///
/// A runner has slots, requests for its model wait in line for one, a request with another context replaces the
/// runner when it is idle, and so does one for another model when there are too many.
struct Schedule {
    /// One loaded or loading model.
    struct Entry {
        let model: String
        let context: Int
        /// nil while it loads.
        var runner: Runner?
        var users: Set<Int> = []
        var keepAlive: Duration?
        /// nil: for ever.
        var expires: ContinuousClock.Instant?
    }

    /// What a request has to do now.
    enum Step {
        /// Answer on this runner.
        case run(Runner)
        /// Load the model: it is entered as loading.
        case load
        /// Look again in a moment; `isLoading` if it is a load that it waits for.
        case wait(isLoading: Bool)
        /// The queue is full.
        case refuse
    }

    let settings: ServerSettings
    private(set) var entries: [Entry] = []
    /// Loads begun so far.
    private(set) var loads = 0
    private var line: [(ticket: Int, model: String)] = []
    private var pending: Set<Int> = []
    /// Runners that have left the table and shall end.
    private var evicted: [Runner] = []

    init(settings: ServerSettings) {
        self.settings = settings
    }

    /// Says what request `ticket` has to do; nil as `context` takes the server's own.
    mutating func step(_ ticket: Int, model: String, context: Int?) -> Step {
        if !line.contains(where: { $0.ticket == ticket }) { line.append((ticket, model)) }
        guard let index = entries.firstIndex(where: { $0.model == model }) else {
            return makeRoom(ticket, model, context)
        }
        guard let runner = entries[index].runner else { return queue(ticket) }
        guard line.first(where: { $0.model == model })?.ticket == ticket else { return .wait(isLoading: false) }
        if runner.end != nil || entries[index].context != Schedule.rounded(context ?? settings.context) {
            guard entries[index].users.isEmpty else { return .wait(isLoading: false) }
            remove(at: index)
            return makeRoom(ticket, model, context)
        }
        guard entries[index].users.count < settings.parallel else { return .wait(isLoading: false) }
        entries[index].users.insert(ticket)
        leaveLine(ticket)
        return .run(runner)
    }

    /// The load that `ticket` was told to do is over.
    mutating func loaded(_ ticket: Int, model: String, runner: Runner?) {
        leaveLine(ticket)
        guard let index = entries.firstIndex(where: { $0.model == model && $0.runner == nil }) else { return }
        guard let runner else {
            entries.remove(at: index)
            return
        }
        entries[index].runner = runner
        entries[index].users = [ticket]
    }

    /// The request is over, or gives up waiting.
    mutating func leave(_ ticket: Int) {
        leaveLine(ticket)
        for index in entries.indices { entries[index].users.remove(ticket) }
    }

    /// From now on the model stays for this long after its last use; nil: for ever.
    mutating func keep(_ model: String, for duration: Duration?) {
        guard let index = entries.firstIndex(where: { $0.model == model }) else { return }
        entries[index].keepAlive = duration
        entries[index].expires = duration.map { .now + $0 }
    }

    /// Takes a model out at once.
    mutating func unload(_ model: String) {
        if let index = entries.firstIndex(where: { $0.model == model && $0.runner != nil }) { remove(at: index) }
    }

    /// Takes out what has expired.
    mutating func expire(at now: ContinuousClock.Instant) {
        for index in entries.indices.reversed() where entries[index].runner != nil && entries[index].users.isEmpty {
            if let expires = entries[index].expires, expires <= now { remove(at: index) }
        }
    }

    /// Runners that nobody uses any more, each once.
    mutating func takeEvicted() -> [Runner] {
        defer { evicted = [] }
        return evicted
    }

    /// The context that a runner really gets.
    static func rounded(_ context: Int) -> Int {
        max(256, (context + 255) / 256 * 256)
    }

    private mutating func makeRoom(_ ticket: Int, _ model: String, _ context: Int?) -> Step {
        if entries.count >= settings.maximumLoaded {
            guard let idle = entries.firstIndex(where: { $0.runner != nil && $0.users.isEmpty }) else {
                return queue(ticket)
            }
            remove(at: idle)
        }
        pending.remove(ticket)
        loads += 1
        let keepAlive = settings.keepAlive
        entries.append(
            Entry(
                model: model,
                context: Schedule.rounded(context ?? settings.context),
                keepAlive: keepAlive,
                expires: keepAlive.map { .now + $0 }
            )
        )
        return .load
    }

    private mutating func queue(_ ticket: Int) -> Step {
        if pending.contains(ticket) { return .wait(isLoading: true) }
        guard pending.count < settings.maximumQueue else {
            leaveLine(ticket)
            return .refuse
        }
        pending.insert(ticket)
        return .wait(isLoading: true)
    }

    private mutating func leaveLine(_ ticket: Int) {
        line.removeAll { $0.ticket == ticket }
        pending.remove(ticket)
    }

    private mutating func remove(at index: Int) {
        if let runner = entries.remove(at: index).runner { evicted.append(runner) }
    }
}
