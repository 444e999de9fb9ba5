/// Decides who gets a slot and when the queue is asked for more. Pure: events in, actions out.
///
/// Open polls plus running work never exceed the slots by intent. A poll's reservation is soft: work from another door
/// may take the slot, and a job that then arrives waits here, is heartbeated, and starts next. Polls are added as slots
/// free up, never cancelled to ask for more.
public struct SlotArbiter: Sendable {
    /// Names one open poll.
    public typealias PollID = Int
    /// Names one request from another door than the queue.
    public typealias VisitorID = Int

    /// What happened.
    public enum Event: Sendable {
        /// The worker may take jobs from now on.
        case begin
        /// A poll came back with what it took, `elapsed` after it was sent; empty when the queue had nothing.
        case polled(PollID, [TakenItem], elapsed: Duration)
        /// A poll came back with a failure. The wait before the next one is the outage gate's affair.
        case pollFailed(PollID)
        /// A job's work is over and its slot free; its result is still on the way.
        case finished(String)
        /// The queue has a job's result, or was told to forget the job: the worker no longer holds it.
        case released(String)
        /// The queue wants these jobs stopped.
        case stop([String])
        /// Results of these jobs lay in the outbox: an earlier life of this worker, or another worker, has run them.
        case adopted([String])
        /// So many results wait for the queue that no more jobs are to be taken; or no longer so many.
        case backlog(isFull: Bool)
        /// A request came by another door and wants a slot.
        case knocked(VisitorID)
        /// It is over, or waits no longer.
        case left(VisitorID)
        /// The worker was resumed from a snapshot: the open polls may wait at connections that lead nowhere.
        case resumed
        /// Take nothing more; what is held is finished.
        case drain
    }

    /// What to do about it.
    public enum Action: Sendable, Hashable {
        /// Ask the queue for up to `count` jobs after `delay`.
        case poll(PollID, count: Int, after: Duration)
        /// Run this job now, in the slot that is its own until `finished`.
        case start(Job)
        /// Answer a malformed item with an error.
        case reject(id: String, reason: String)
        /// An item that cannot even be answered, or that is held already: a line in the log.
        case note(String)
        /// Interrupt this job; no result is sent.
        case cancel(String)
        /// Close every open poll.
        case cancelPolls
        /// Close these polls, which others have replaced. Not at once: a job may lie in the socket's buffer already.
        case abandonPolls([PollID])
        /// A slot is this visitor's until it has `left`.
        case admit(VisitorID)
        /// It cannot wait here.
        case turnAway(VisitorID, Closed)
        /// Nothing is held and nothing more is taken: the worker is done.
        case drained
    }

    /// Why a visitor is not let in.
    public enum Closed: Sendable, Hashable {
        /// So many wait already.
        case lineIsFull(Int)
        /// The worker ends.
        case draining
    }

    private enum Waiter: Hashable {
        case job(Job)
        case visitor(VisitorID)
    }

    /// Jobs that can run at a time.
    public let slots: Int
    /// Visitors that may wait. Jobs of the queue wait whatever their number: they have been taken.
    public let lineLength: Int
    private var polls: [PollID: Int] = [:]
    /// Polls that were open when the worker was frozen. They claim no slot, and what they bring after all is run.
    private var stalePolls: Set<PollID> = []
    private var nextPoll: PollID = 0
    private var running: Set<String> = []
    private var visitors: Set<VisitorID> = []
    private var waiting: [Waiter] = []
    private var emptyAnswers = EmptyAnswers()
    private var isBacklogFull = false
    private var phase = Phase.notBegun

    /// Ids of all jobs taken and not yet acknowledged, oldest first: what the heartbeat lists.
    public private(set) var held: [String] = []

    private enum Phase { case notBegun, taking, draining, drained }

    /// An arbiter over `slots` slots (at least one), for which so many visitors may wait.
    public init(slots: Int, lineLength: Int = 64) {
        self.slots = max(1, slots)
        self.lineLength = max(0, lineLength)
    }

    /// Slots that neither work nor an open poll has claimed.
    public var free: Int {
        max(0, slots - busy - waiting.count - polls.values.reduce(0, +))
    }

    /// Slots at work.
    public var busy: Int { running.count + visitors.count }

    /// Jobs and visitors that wait for a slot.
    public var waitingCount: Int { waiting.count }

    /// The visitors among them.
    public var visitorsWaiting: Int {
        waiting.count { if case .visitor = $0 { true } else { false } }
    }

    /// Ids of the jobs that run or wait for a slot, oldest first: those held whose result is not on its way yet.
    public var unfinished: [String] {
        let unfinished = running.union(waiting.compactMap { if case .job(let job) = $0 { job.id } else { nil } })
        return held.filter(unfinished.contains)
    }

    /// True when at most one job has neither finished nor been answered.
    public var isLastRunning: Bool { busy + waiting.count <= 1 }

    /// Takes in an event.
    public mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .begin:
            if phase == .notBegun { phase = .taking }
            return ask()
        case .polled(let poll, let items, let elapsed):
            forget(poll)
            items.isEmpty ? emptyAnswers.empty(after: elapsed) : emptyAnswers.reset()
            return items.flatMap { admit($0) } + startWaiting() + ask() + endIfDrained()
        case .pollFailed(let poll):
            forget(poll)
            return ask() + endIfDrained()
        case .finished(let id):
            running.remove(id)
            return startWaiting() + ask()
        case .released(let id):
            held.removeAll { $0 == id }
            running.remove(id)
            return startWaiting() + ask() + endIfDrained()
        case .stop(let ids):
            return stop(ids)
        case .adopted(let ids):
            // One that was handed out to us again meanwhile need not be run again: its answer is there.
            return stop(ids) + adopt(ids)
        case .backlog(let isFull):
            isBacklogFull = isFull
            return ask()
        case .knocked(let visitor):
            return receive(visitor)
        case .left(let visitor):
            visitors.remove(visitor)
            waiting.removeAll { $0 == .visitor(visitor) }
            return startWaiting() + ask() + endIfDrained()
        case .resumed:
            return replacePolls()
        case .drain:
            guard phase != .draining, phase != .drained else { return [] }
            phase = .draining
            // Their reports are awaited all the same: a job may be among the last bytes.
            return (hasOpenPolls ? [.cancelPolls] : []) + endIfDrained()
        }
    }

    private var hasOpenPolls: Bool { !polls.isEmpty || !stalePolls.isEmpty }

    private mutating func forget(_ poll: PollID) {
        polls[poll] = nil
        stalePolls.remove(poll)
    }

    /// New polls first: each second that a slot is not asked for is one in which a job goes elsewhere.
    private mutating func replacePolls() -> [Action] {
        guard phase == .taking else { return [] }
        let stale = polls.keys.sorted()
        stalePolls.formUnion(stale)
        polls = [:]
        emptyAnswers.reset()
        return ask() + (stale.isEmpty ? [] : [.abandonPolls(stale)])
    }

    /// Held without a slot, so that the heartbeat lists them and the queue does not give them away.
    private mutating func adopt(_ ids: [String]) -> [Action] {
        held += ids
        return []
    }

    private mutating func admit(_ item: TakenItem) -> [Action] {
        switch item {
        case .job(let job):
            // A queue that missed our heartbeats may hand out a job twice; running it twice would answer it twice.
            guard !held.contains(job.id) else {
                return [.note("job \(job.id) was handed out again while held: ignored")]
            }
            held.append(job.id)
            waiting.append(.job(job))
            return []
        case .malformed(let id?, let reason):
            guard !held.contains(id) else { return [.note("malformed item for job \(id), which is held: \(reason)")] }
            held.append(id)
            return [.reject(id: id, reason: reason)]
        case .malformed(nil, let reason):
            return [.note("the queue sent an item that cannot be answered: \(reason)")]
        }
    }

    /// The first to come is the first to be served, by whichever door. An open poll's claim is soft: the slot goes to who
    /// is there, and a job that arrives then is next.
    private mutating func receive(_ visitor: VisitorID) -> [Action] {
        guard phase != .draining, phase != .drained else { return [.turnAway(visitor, .draining)] }
        guard busy < slots || visitorsWaiting < lineLength else {
            return [.turnAway(visitor, .lineIsFull(visitorsWaiting))]
        }
        waiting.append(.visitor(visitor))
        return startWaiting()
    }

    private mutating func startWaiting() -> [Action] {
        var actions: [Action] = []
        while busy < slots, !waiting.isEmpty {
            switch waiting.removeFirst() {
            case .job(let job):
                running.insert(job.id)
                actions.append(.start(job))
            case .visitor(let visitor):
                visitors.insert(visitor)
                actions.append(.admit(visitor))
            }
        }
        return actions
    }

    private mutating func ask() -> [Action] {
        guard phase == .taking, !isBacklogFull, free > 0 else { return [] }
        let count = free
        let poll = nextPoll
        nextPoll += 1
        polls[poll] = count
        return [.poll(poll, count: count, after: emptyAnswers.delay)]
    }

    private mutating func stop(_ ids: [String]) -> [Action] {
        var actions: [Action] = []
        for id in ids where held.contains(id) {
            waiting.removeAll { if case .job(let job) = $0 { job.id == id } else { false } }
            running.remove(id)
            held.removeAll { $0 == id }
            actions.append(.cancel(id))
        }
        guard !actions.isEmpty else { return [] }
        return actions + startWaiting() + ask() + endIfDrained()
    }

    private mutating func endIfDrained() -> [Action] {
        guard phase == .draining, held.isEmpty, !hasOpenPolls, busy + waiting.count == 0 else { return [] }
        phase = .drained
        return [.drained]
    }
}
