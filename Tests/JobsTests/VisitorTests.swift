import JSON
import Testing

@testable import Jobs

private func job(_ id: String) -> Job { Job(id: id, input: ["prompt": "p"]) }
private let slow = Duration.seconds(20)

@Suite("visitors by another door")
struct VisitorTests {
    @Test("a visitor takes the slot that a poll has claimed; the job that comes then waits, is held, and is next")
    func softClaim() {
        var arbiter = SlotArbiter(slots: 1)
        #expect(arbiter.handle(.begin) == [.poll(0, count: 1, after: .zero)])
        #expect(arbiter.handle(.knocked(1)) == [.admit(1)])
        #expect(arbiter.handle(.polled(0, [.job(job("a"))], elapsed: slow)) == [])
        #expect(arbiter.held == ["a"])
        #expect(arbiter.unfinished == ["a"])
        #expect(arbiter.handle(.left(1)) == [.start(job("a"))])
        #expect(arbiter.busy == 1)
    }

    @Test("who came first is served first, job or visitor")
    func order() {
        var arbiter = SlotArbiter(slots: 1)
        _ = arbiter.handle(.begin)
        #expect(arbiter.handle(.polled(0, [.job(job("a")), .job(job("b"))], elapsed: slow)) == [.start(job("a"))])
        #expect(arbiter.handle(.knocked(1)) == [])
        #expect(arbiter.handle(.finished("a")) == [.start(job("b"))])
        #expect(arbiter.handle(.finished("b")) == [.admit(1)])
        #expect(arbiter.handle(.left(1)) == [.poll(1, count: 1, after: .zero)])
    }

    @Test("a full line turns visitors away, and never a job")
    func fullLine() {
        var arbiter = SlotArbiter(slots: 2, lineLength: 1)
        _ = arbiter.handle(.begin)
        #expect(arbiter.handle(.knocked(1)) == [.admit(1)])
        #expect(arbiter.handle(.knocked(2)) == [.admit(2)])
        #expect(arbiter.handle(.knocked(3)) == [])
        #expect(arbiter.handle(.knocked(4)) == [.turnAway(4, .lineIsFull(1))])
        #expect(arbiter.handle(.polled(0, [.job(job("a"))], elapsed: slow)) == [])
        #expect(arbiter.handle(.left(3)) == [], "one that is tired of waiting makes room")
        #expect(arbiter.handle(.knocked(5)) == [])
        #expect(arbiter.visitorsWaiting == 1)
    }

    @Test("without a line a free slot still serves")
    func noLine() {
        var arbiter = SlotArbiter(slots: 1, lineLength: 0)
        #expect(arbiter.handle(.knocked(1)) == [.admit(1)])
        #expect(arbiter.handle(.knocked(2)) == [.turnAway(2, .lineIsFull(0))])
        #expect(arbiter.handle(.left(1)) == [])
        #expect(arbiter.handle(.knocked(3)) == [.admit(3)])
    }

    @Test("draining takes nobody in, serves whoever waits, and ends with the last of them")
    func drain() {
        var arbiter = SlotArbiter(slots: 1)
        _ = arbiter.handle(.knocked(1))
        _ = arbiter.handle(.knocked(2))
        #expect(arbiter.handle(.drain) == [])
        #expect(arbiter.handle(.knocked(3)) == [.turnAway(3, .draining)])
        #expect(arbiter.handle(.left(1)) == [.admit(2)])
        #expect(arbiter.handle(.left(2)) == [.drained])
    }

    @Test("work never exceeds the slots, whoever comes and goes", arguments: 1...4)
    func invariant(slots: Int) {
        var arbiter = SlotArbiter(slots: slots, lineLength: 3)
        var generator = SystemRandomNumberGenerator()
        var jobs: [String] = []
        var visitors: [Int] = []
        var polls: [(id: Int, count: Int)] = []
        var made = 0
        func absorb(_ actions: [SlotArbiter.Action]) {
            for action in actions {
                switch action {
                case .poll(let id, let count, _): polls.append((id, count))
                case .start(let job): jobs.append(job.id)
                case .admit(let visitor): visitors.append(visitor)
                default: break
                }
            }
        }
        absorb(arbiter.handle(.begin))
        for _ in 0..<2000 {
            made += 1
            switch Int.random(in: 0..<4, using: &generator) {
            case 0 where !polls.isEmpty:
                let poll = polls.removeFirst()
                absorb(arbiter.handle(.polled(poll.id, [.job(job("job-\(made)"))], elapsed: slow)))
            case 1 where !jobs.isEmpty:
                let id = jobs.removeFirst()
                absorb(arbiter.handle(.finished(id)))
                absorb(arbiter.handle(.released(id)))
            case 2: absorb(arbiter.handle(.knocked(made)))
            case 3 where !visitors.isEmpty: absorb(arbiter.handle(.left(visitors.removeFirst())))
            default: continue
            }
            #expect(jobs.count + visitors.count <= slots)
            #expect(arbiter.busy == jobs.count + visitors.count)
            #expect(arbiter.visitorsWaiting <= 3)
            #expect(arbiter.free == 0, "what is not busy is asked for")
        }
        for id in jobs { absorb(arbiter.handle(.finished(id))) }
    }
}
