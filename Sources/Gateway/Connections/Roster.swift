/// Who is connected, and who has to go when there are too many. No sockets.
struct Roster: Sendable {
    typealias ID = Int

    enum Verdict: Sendable, Hashable {
        case welcome
        /// Welcome, and this idle one is closed for it.
        case insteadOf(ID)
        case refused
    }

    private struct Entry {
        /// Nil while a request is under way; else grows with the time when it became idle.
        var idleSince: Int?
        var hasBeenServed = false
    }

    let limit: Int
    private var entries: [ID: Entry] = [:]
    private var lastID = 0
    private var clock = 0

    /// - Parameter limit: at least 1
    init(limit: Int) {
        self.limit = max(1, limit)
    }

    var count: Int { entries.count }

    /// A new connection; it is idle until told otherwise.
    ///
    /// The first to go are those that have never sent a whole request: that is what a flood is made of, while a worker's
    /// or a client's connection that is kept for the next request costs its owner a new one.
    mutating func admit() -> (ID, Verdict) {
        lastID += 1
        var verdict = Verdict.welcome
        if entries.count >= limit {
            guard let victim = longestIdle() else { return (lastID, .refused) }
            entries[victim] = nil
            verdict = .insteadOf(victim)
        }
        clock += 1
        entries[lastID] = Entry(idleSince: clock)
        return (lastID, verdict)
    }

    mutating func isBusy(_ id: ID) {
        entries[id]?.idleSince = nil
        entries[id]?.hasBeenServed = true
    }

    mutating func isIdle(_ id: ID) {
        clock += 1
        entries[id]?.idleSince = clock
    }

    mutating func left(_ id: ID) {
        entries[id] = nil
    }

    private func longestIdle() -> ID? {
        let idle = entries.lazy.compactMap { id, entry in
            entry.idleSince.map { (id: id, key: (entry.hasBeenServed ? 1 : 0, $0)) }
        }
        return idle.min { $0.key < $1.key }?.id
    }
}
