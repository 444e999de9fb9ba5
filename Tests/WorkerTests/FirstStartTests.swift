import ColdStart
import Support
import Testing

@testable import Worker

@Suite("first start")
struct FirstStartTests {
    @Test("a job of many prompts passes each step once")
    func batch() {
        let start = FirstStart(recorder: StartRecorder())
        start.booted()
        start.isPolling()
        start.engineNeeded(by: "a", takenAt: .now)
        for _ in 0..<3 {
            start.engineReady(for: "a")
            start.firstToken(of: "a")
        }
        start.answered("a")
        start.finished("a")
        let names = start.timeline.phases.map(\.name)
        #expect(names == ["queue.poll", "idle", "job.take", "first_token", "first_result", "job.done"])
    }

    @Test("the start belongs to the first job that needs the engine; others leave no mark")
    func others() {
        let start = FirstStart(recorder: StartRecorder())
        start.isPolling()
        start.firstToken(of: "refused")
        start.finished("refused")
        #expect(start.timeline.phases.map(\.name) == ["queue.poll", "idle"])
        start.engineNeeded(by: "a", takenAt: .now)
        start.engineNeeded(by: "b", takenAt: .now)
        start.firstToken(of: "b")
        #expect(start.timeline.phases.map(\.name) == ["queue.poll", "idle", "job.take"])
        #expect(start.timeline.phases.allSatisfy { $0.end != nil })
    }

    @Test("a start whose job goes away before the engine is ready goes on for the next one")
    func abandoned() {
        let finished = Lock<[Timeline]>([])
        let start = FirstStart(recorder: StartRecorder()) { timeline in finished.withLock { $0.append(timeline) } }
        start.isPolling()
        start.engineNeeded(by: "impatient", takenAt: .now)
        start.abandoned("impatient")
        start.answered("impatient")
        start.finished("impatient")
        start.engineNeeded(by: "patient", takenAt: .now)
        start.engineReady(for: "patient")
        #expect(finished.withLock { $0 }.isEmpty)
        start.firstToken(of: "patient")
        start.abandoned("patient")
        #expect(finished.withLock { $0 }.count == 1)
        let names = start.timeline.phases.map(\.name)
        #expect(
            names == ["queue.poll", "idle", "job.take", "idle", "job.take", "first_token", "first_result"],
            "between the two the worker waited for a job"
        )
        #expect(start.timeline.phases.allSatisfy { $0.end != nil })
    }

    @Test("a start takes the engine's first start in it; later ones are starts by themselves")
    func engineStarts() {
        let start = FirstStart(recorder: StartRecorder())
        start.isPolling()
        let first = start.recorder(ofEngineStart: 1)
        #expect(first != nil)
        #expect(start.recorder(ofEngineStart: 1) === first, "asked twice of the same one")
        #expect(start.recorder(ofEngineStart: 2) == nil)
        start.resumed(after: Restore(paused: .seconds(9), why: "test"))
        let second = start.recorder(ofEngineStart: 3)
        #expect(second != nil && second !== first)
        start.engineNeeded(by: "a", takenAt: .now)
        start.finished("a")
        #expect(start.recorder(ofEngineStart: 4) == nil, "that start is over")
    }

    @Test("a restore ends an idle start when it was frozen, and its successor begins when it was resumed")
    func resumed() {
        let finished = Lock<[Timeline]>([])
        let start = FirstStart(recorder: StartRecorder()) { timeline in finished.withLock { $0.append(timeline) } }
        start.booted()
        start.isPolling()
        let now = ContinuousClock.now + .seconds(100)
        let restore = Restore(paused: .seconds(30), noticedWithin: .milliseconds(500), why: "test")
        start.resumed(after: restore, at: now)
        let cold = finished.withLock { $0 }
        #expect(cold.count == 1)
        #expect(cold.first.map { $0.end.duration(to: now) >= .seconds(30) } == true, "the pause is no part of it")
        #expect(cold.first?.phases.allSatisfy { $0.end != nil } == true)
        #expect(start.timeline.kind == .restored)
        #expect(start.timeline.origin == now - .milliseconds(500))
        #expect(start.timeline.phases.map(\.name) == ["restored.detect"])
        start.resumed(after: restore, at: now + .seconds(60))
        #expect(start.timeline.phases.map(\.name) == ["restored.detect", "frozen"], "it had not asked for jobs yet")
    }
}
