import ColdStart
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
}
