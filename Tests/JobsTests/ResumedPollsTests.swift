import JSON
import Testing

@testable import Jobs

private func job(_ id: String) -> Job { Job(id: id, input: ["prompt": "p"]) }
private func items(_ ids: String...) -> [TakenItem] { ids.map { .job(job($0)) } }
private let slow = Duration.seconds(20)

@Suite("polls after a restore")
struct ResumedPollsTests {
    @Test("open polls are replaced at once and then abandoned; their ends ask for nothing more")
    func replaced() {
        var arbiter = SlotArbiter(slots: 2)
        #expect(arbiter.handle(.begin) == [.poll(0, count: 2, after: .zero)])
        #expect(arbiter.handle(.resumed) == [.poll(1, count: 2, after: .zero), .abandonPolls([0])])
        #expect(arbiter.free == 0)
        #expect(arbiter.handle(.pollFailed(0)) == [])
        #expect(
            arbiter.handle(.polled(1, items("a"), elapsed: slow)) == [
                .start(job("a")), .poll(2, count: 1, after: .zero),
            ]
        )
    }

    @Test("what a stale poll brings after all is run, or waits for a slot")
    func late() {
        var arbiter = SlotArbiter(slots: 1)
        _ = arbiter.handle(.begin)
        _ = arbiter.handle(.resumed)
        #expect(arbiter.handle(.polled(0, items("a"), elapsed: slow)) == [.start(job("a"))])
        #expect(arbiter.handle(.polled(1, items("b"), elapsed: slow)) == [])
        #expect(arbiter.held == ["a", "b"])
        #expect(arbiter.handle(.finished("a")) == [.start(job("b"))])
    }

    @Test("slots that work are not asked for, and a wait after empty answers is forgotten")
    func busy() {
        var arbiter = SlotArbiter(slots: 1)
        _ = arbiter.handle(.begin)
        for poll in 0..<4 { _ = arbiter.handle(.polled(poll, [], elapsed: .zero)) }
        #expect(arbiter.handle(.resumed) == [.poll(5, count: 1, after: .zero), .abandonPolls([4])])
        _ = arbiter.handle(.polled(5, items("a"), elapsed: slow))
        #expect(arbiter.handle(.resumed) == [])
    }

    @Test("a worker that has not begun, or drains, asks for nothing")
    func phases() {
        var arbiter = SlotArbiter(slots: 1)
        #expect(arbiter.handle(.resumed) == [])
        _ = arbiter.handle(.begin)
        _ = arbiter.handle(.drain)
        #expect(arbiter.handle(.resumed) == [])
    }

    @Test("a drain waits for stale polls, too: a job may be among their last bytes")
    func drain() {
        var arbiter = SlotArbiter(slots: 1)
        _ = arbiter.handle(.begin)
        _ = arbiter.handle(.resumed)
        #expect(arbiter.handle(.drain) == [.cancelPolls])
        #expect(arbiter.handle(.pollFailed(1)) == [])
        #expect(arbiter.handle(.polled(0, items("a"), elapsed: slow)) == [.start(job("a"))])
        _ = arbiter.handle(.finished("a"))
        #expect(arbiter.handle(.released("a")) == [.drained])
    }
}
