import Jobs
import Support
import Testing

private let day = 24 * 3_600_000

private func failure(_ kind: QueueFailure.Kind) -> QueueFailure { QueueFailure(kind, "…") }

extension DeliveryPlan {
    /// The decisions about one failure after the other.
    fileprivate mutating func decisions(
        _ kinds: [QueueFailure.Kind],
        isChunk: Bool = false,
        queueAnswers: Bool = false,
        at now: Int = 0
    ) -> [Decision] {
        var generator = Highest()
        return kinds.map { kind in
            failed(failure(kind), isChunk: isChunk, queueAnswers: queueAnswers, at: now, using: &generator)
        }
    }
}

@Suite("delivery plan")
struct DeliveryPlanTests {
    @Test(
        "while the queue is away a body costs nothing but time, however often it fails",
        arguments: [QueueFailure.Kind.unreachable, .timedOut, .garbage, .status(500), .status(503), .status(429)]
    )
    func outage(kind: QueueFailure.Kind) {
        var plan = DeliveryPlan(until: day)
        #expect(plan.decisions(Array(repeating: kind, count: 1000)).allSatisfy { $0 == .again })
    }

    @Test("what will never be taken is not offered twice", arguments: [400, 413])
    func final(status: Int) {
        var plan = DeliveryPlan(until: day)
        #expect(plan.decisions([.status(status)]) == [.reject])
    }

    @Test(
        "a refusal that explains nothing is tried six times, with waits that grow from 100 ms",
        arguments: [404, 409, 422]
    )
    func refusals(status: Int) {
        var plan = DeliveryPlan(until: day)
        let decisions = plan.decisions(Array(repeating: .status(status), count: 6))
        let waits: [DeliveryPlan.Decision] = [100, 200, 400, 800, 1600].map { .retry(after: .milliseconds($0)) }
        #expect(decisions == waits + [.reject])
    }

    @Test(
        "a wrong key is no fault of the body: it waits, 30 s at most, until somebody mends it",
        arguments: [401, 403]
    )
    func credentials(status: Int) {
        var plan = DeliveryPlan(until: day)
        let decisions = plan.decisions(Array(repeating: .status(status), count: 100))
        #expect(decisions.last == .retry(after: .seconds(30)))
        #expect(!decisions.contains(.reject))
    }

    @Test("the time allowed ends it, in an outage as well")
    func deadline() {
        var plan = DeliveryPlan(until: day)
        #expect(plan.decisions([.unreachable], at: day - 1) == [.again])
        #expect(plan.decisions([.unreachable, .status(404), .status(401)], at: day) == [.expire, .expire, .expire])
        #expect(plan.decisions([.status(413)], at: day) == [.reject])
    }

    @Test("a chunk that fails though the queue answers everything else is left to its result; a result never is")
    func chunks() {
        let kinds = Array(repeating: QueueFailure.Kind.status(500), count: 6)
        var chunk = DeliveryPlan(until: day)
        #expect(chunk.decisions(kinds, isChunk: true, queueAnswers: true).last == .reject)
        var away = DeliveryPlan(until: day)
        #expect(away.decisions(kinds, isChunk: true).last == .again)
        var result = DeliveryPlan(until: day)
        #expect(result.decisions(kinds, queueAnswers: true).last == .retry(after: .milliseconds(3200)))
    }

    @Test("a piece that was taken clears the account for the next")
    func success() {
        var plan = DeliveryPlan(until: day)
        let refusals = plan.decisions(Array(repeating: .status(404), count: 5))
        #expect(!refusals.contains(.reject))
        plan.succeeded()
        #expect(plan.decisions([.status(404)]) == [.retry(after: .milliseconds(100))])
    }
}

@Suite("backlog")
struct BacklogTests {
    private let saved = Backlog.Item(bytes: 10, isSaved: true)

    @Test("it is full at the limit, and has room again when a tenth is free")
    func hysteresis() {
        var backlog = Backlog(limits: Backlog.Limits(results: 20))
        let filled = (1...20).map { backlog.update("\($0)", saved) }
        #expect(filled == Array(repeating: false, count: 19) + [true])
        #expect(backlog.isFull)
        #expect(backlog.update("1", nil) == false, "one free of twenty is not enough")
        #expect(backlog.update("2", nil) == true)
        #expect(!backlog.isFull && backlog.count == 18)
    }

    @Test("bytes count, and a result that is told of again counts once")
    func bytes() {
        var backlog = Backlog(limits: Backlog.Limits(bytes: 100))
        #expect(backlog.update("a", Backlog.Item(bytes: 99, isSaved: true)) == false)
        #expect(backlog.update("a", Backlog.Item(bytes: 99, isSaved: true)) == false)
        #expect(backlog.update("b", Backlog.Item(bytes: 1, isSaved: true)) == true)
        #expect(backlog.update("a", nil) == true)
    }

    @Test("results that no disk took fill it sooner, and free it when one did")
    func unsaved() {
        var backlog = Backlog(limits: Backlog.Limits(unsaved: 2))
        #expect(backlog.update("a", Backlog.Item(bytes: 1, isSaved: false)) == false)
        #expect(backlog.update("b", Backlog.Item(bytes: 1, isSaved: false)) == true)
        #expect(backlog.update("a", Backlog.Item(bytes: 1, isSaved: true)) == true)
        #expect(!backlog.isFull)
    }
}

@Suite("results from the outbox")
struct AdoptedJobsTests {
    @Test("adopted jobs are held without a slot until they are released")
    func held() {
        var arbiter = SlotArbiter(slots: 1)
        _ = arbiter.handle(.begin)
        let actions = arbiter.handle(.adopted(["old"]))
        #expect(actions.isEmpty)
        #expect(arbiter.held == ["old"] && arbiter.busy == 0 && arbiter.unfinished.isEmpty)
        _ = arbiter.handle(.released("old"))
        #expect(arbiter.held.isEmpty)
    }

    @Test("a job that was handed out again before its kept result was found is stopped; handed out after that, ignored")
    func handedOutAgain() {
        var arbiter = SlotArbiter(slots: 1)
        _ = arbiter.handle(.begin)
        let job = Job(id: "a", input: ["prompt": "p"])
        let taken = arbiter.handle(.polled(0, [.job(job)], elapsed: .zero))
        #expect(taken.contains(.start(job)))
        let adopted = arbiter.handle(.adopted(["a"]))
        #expect(adopted.first == .cancel("a"))
        #expect(arbiter.held == ["a"] && arbiter.busy == 0)
        let again = arbiter.handle(.polled(1, [.job(job)], elapsed: .zero))
        #expect(!again.contains(.start(job)))
    }

    @Test("a full backlog asks for nothing more; open polls stay, and what they bring is run")
    func fullBacklog() {
        var arbiter = SlotArbiter(slots: 2)
        _ = arbiter.handle(.begin)
        let full = arbiter.handle(.backlog(isFull: true))
        #expect(full.isEmpty)
        let job = Job(id: "a", input: ["prompt": "p"])
        #expect(arbiter.handle(.polled(0, [.job(job)], elapsed: .zero)) == [.start(job)])
        let finished = arbiter.handle(.finished("a"))
        #expect(finished.isEmpty)
        #expect(arbiter.handle(.backlog(isFull: false)) == [.poll(1, count: 2, after: .zero)])
    }
}
