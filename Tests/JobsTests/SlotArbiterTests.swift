import JSON
import Testing

@testable import Jobs

/// An arbiter whose actions are collected, so that a test reads as a conversation.
private struct Scene {
    var arbiter: SlotArbiter

    init(slots: Int) {
        arbiter = SlotArbiter(slots: slots)
    }

    mutating func callAsFunction(_ event: SlotArbiter.Event) -> [SlotArbiter.Action] {
        arbiter.handle(event)
    }
}

private func job(_ id: String) -> Job { Job(id: id, input: ["prompt": "p"]) }
private func items(_ ids: String...) -> [TakenItem] { ids.map { .job(job($0)) } }
private let slow = Duration.seconds(20)

@Suite("slot arbiter")
struct SlotArbiterTests {
    @Test("one slot: ask, run, ask again the moment the slot is free, before the result is acknowledged")
    func oneSlot() {
        var scene = Scene(slots: 1)
        #expect(scene(.begin) == [.poll(0, count: 1, after: .zero)])
        #expect(scene(.polled(0, items("a"), elapsed: slow)) == [.start(job("a"))])
        #expect(scene.arbiter.free == 0)
        #expect(scene(.finished("a")) == [.poll(1, count: 1, after: .zero)])
        #expect(scene.arbiter.held == ["a"])
        #expect(scene(.released("a")) == [])
        #expect(scene.arbiter.held == [])
    }

    @Test("free slots are asked for together, and a slot that frees beside an open poll by a poll of its own")
    func batches() {
        var scene = Scene(slots: 8)
        #expect(scene(.begin) == [.poll(0, count: 8, after: .zero)])
        #expect(
            scene(.polled(0, items("a", "b", "c"), elapsed: slow))
                == [.start(job("a")), .start(job("b")), .start(job("c")), .poll(1, count: 5, after: .zero)]
        )
        #expect(scene(.finished("b")) == [.poll(2, count: 1, after: .zero)])
        #expect(scene.arbiter.free == 0)
    }

    @Test("a queue that gives more than was asked for: the surplus waits, is held, and starts next")
    func surplus() {
        var scene = Scene(slots: 1)
        _ = scene(.begin)
        #expect(scene(.polled(0, items("a", "b"), elapsed: slow)) == [.start(job("a"))])
        #expect(scene.arbiter.held == ["a", "b"])
        #expect(scene(.finished("a")) == [.start(job("b"))])
        #expect(scene(.finished("b")) == [.poll(1, count: 1, after: .zero)])
    }

    @Test("a malformed item harms no neighbour: answered if it has an id, noted if not")
    func malformed() {
        var scene = Scene(slots: 4)
        _ = scene(.begin)
        let taken: [TakenItem] = [
            .malformed(id: nil, reason: "it is a number"), .job(job("a")), .malformed(id: "b", reason: "no input"),
        ]
        let actions = scene(.polled(0, taken, elapsed: slow))
        #expect(actions.contains(.reject(id: "b", reason: "no input")))
        #expect(actions.contains(.start(job("a"))))
        #expect(scene.arbiter.held == ["a", "b"])
        #expect(scene(.released("b")) == [])
    }

    @Test("a job handed out twice runs once")
    func duplicate() {
        var scene = Scene(slots: 2)
        _ = scene(.begin)
        _ = scene(.polled(0, items("a"), elapsed: slow))
        let actions = scene(.polled(1, items("a"), elapsed: slow))
        #expect(!actions.contains(.start(job("a"))))
        #expect(scene.arbiter.held == ["a"])
    }

    @Test("a stopped job gives its slot back, running or waiting; an unknown id changes nothing")
    func stop() {
        var scene = Scene(slots: 1)
        _ = scene(.begin)
        _ = scene(.polled(0, items("a", "b"), elapsed: slow))
        #expect(scene(.stop(["b"])) == [.cancel("b")])
        #expect(scene(.stop(["a", "stranger"])) == [.cancel("a"), .poll(1, count: 1, after: .zero)])
        #expect(scene(.stop(["a"])) == [])
        #expect(scene.arbiter.held == [])
    }

    @Test("draining closes polls, asks for nothing, and ends when the last result is acknowledged")
    func drain() {
        var scene = Scene(slots: 2)
        _ = scene(.begin)
        _ = scene(.polled(0, items("a"), elapsed: slow))
        #expect(scene(.drain) == [.cancelPolls])
        #expect(scene(.pollFailed(1)) == [])
        #expect(scene(.finished("a")) == [])
        #expect(scene(.released("a")) == [.drained])
        #expect(scene(.drain) == [])
    }

    @Test("a job whose bytes arrive while draining is run, not dropped")
    func lateJob() {
        var scene = Scene(slots: 1)
        _ = scene(.begin)
        #expect(scene(.drain) == [.cancelPolls])
        #expect(scene(.polled(0, items("late"), elapsed: slow)) == [.start(job("late"))])
        #expect(scene(.finished("late")) == [])
        #expect(scene(.released("late")) == [.drained])
    }

    @Test("an idle worker drains at once")
    func idleDrain() {
        var scene = Scene(slots: 1)
        #expect(scene(.drain) == [.drained])
    }

    @Test("polls and work together never exceed the slots, whatever happens", arguments: 1...8)
    func invariant(slots: Int) {
        var scene = Scene(slots: slots)
        var generator = SystemRandomNumberGenerator()
        var open: [(id: Int, count: Int)] = []
        var running: [String] = []
        var finished: [String] = []
        var made = 0
        func absorb(_ actions: [SlotArbiter.Action]) {
            for action in actions {
                if case .poll(let id, let count, _) = action { open.append((id, count)) }
                if case .start(let job) = action { running.append(job.id) }
            }
        }
        absorb(scene(.begin))
        for _ in 0..<2000 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0 where !open.isEmpty:
                let poll = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
                let ids = (0..<Int.random(in: 0...poll.count, using: &generator)).map { "job-\(made + $0)" }
                made += ids.count
                absorb(scene(.polled(poll.id, ids.map { .job(job($0)) }, elapsed: slow)))
            case 1 where !open.isEmpty:
                absorb(scene(.pollFailed(open.removeFirst().id)))
            case 2 where !running.isEmpty:
                let id = running.remove(at: Int.random(in: 0..<running.count, using: &generator))
                finished.append(id)
                absorb(scene(.finished(id)))
            case 3 where !finished.isEmpty:
                absorb(scene(.released(finished.removeFirst())))
            default: continue
            }
            #expect(open.reduce(0) { $0 + $1.count } + running.count == slots, "every slot is either busy or asked for")
        }
    }
}

@Suite("empty answers")
struct EmptyAnswersTests {
    @Test("answers that were held cost no wait; ones that come at once do from the second on, up to a second")
    func growth() {
        var empty = EmptyAnswers()
        empty.empty(after: .seconds(20))
        #expect(empty.delay == .zero)
        empty.empty(after: .milliseconds(3))
        #expect(empty.delay == .zero)
        empty.empty(after: .milliseconds(3))
        #expect(empty.delay == .milliseconds(50))
        for _ in 0..<20 { empty.empty(after: .milliseconds(3)) }
        #expect(empty.delay == .seconds(1))
        empty.empty(after: .seconds(1))
        #expect(empty.delay == .zero)
    }
}
