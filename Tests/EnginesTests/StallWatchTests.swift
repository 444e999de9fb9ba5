import Testing

@testable import Engines

@Suite("when silence is a stall", .timeLimit(.minutes(1)))
struct StallWatchTests {
    @Test(
        "who wakes long after the deadline was stopped itself: the silence is not the engine's",
        arguments: [(0, false), (1, false), (1000, false), (1001, true), (60_000, true)]
    )
    func late(milliseconds: Int, isOwn: Bool) {
        let deadline = ContinuousClock.now
        #expect(StallLookout.hasSlept(past: deadline, at: deadline + .milliseconds(milliseconds)) == isOwn)
    }

    @Test(
        "no sleep is longer than a second, whatever the stall time, and none goes past the deadline",
        arguments: [(1, 1), (999, 999), (1000, 1000), (1001, 1000), (120_000, 1000)]
    )
    func laps(left: Int, sleep: Int) {
        let now = ContinuousClock.now
        #expect(StallLookout.nextLook(at: now, before: now + .milliseconds(left)) == now + .milliseconds(sleep))
    }

    @Test("silence longer than one sleep is noticed too, and none before its time")
    func longSilence() async {
        let watch = StallWatch()
        #expect(await StallLookout().stall(of: watch, after: .milliseconds(1300)))
        #expect(watch.silence >= .milliseconds(1300))
    }

    @Test("silence is noticed")
    func silence() async {
        #expect(await StallLookout().stall(of: StallWatch(), after: .milliseconds(20)))
    }

    @Test("a cancelled watch has seen no stall")
    func cancelled() async {
        let watching = Task { await StallLookout().stall(of: StallWatch(), after: .seconds(600)) }
        watching.cancel()
        #expect(await watching.value == false)
    }

    @Test("one lookout notices each in its time, also one that comes later with less, and forgets who left")
    func many() async {
        let lookout = StallLookout()
        let patient = Task { await lookout.stall(of: StallWatch(), after: .seconds(600)) }
        let leaving = (0..<100).map { _ in Task { await lookout.stall(of: StallWatch(), after: .seconds(600)) } }
        let lively = StallWatch()
        let watched = Task { await lookout.stall(of: lively, after: .milliseconds(1500)) }
        #expect(await lookout.stall(of: StallWatch(), after: .milliseconds(50)))
        for task in leaving { task.cancel() }
        for task in leaving { #expect(await task.value == false) }
        lively.touch()
        let touched = ContinuousClock.now
        #expect(await watched.value)
        #expect(touched.duration(to: .now) >= .milliseconds(1500))
        patient.cancel()
        #expect(await patient.value == false)
        #expect(await lookout.stall(of: StallWatch(), after: .milliseconds(20)), "it begins anew when somebody comes")
    }
}
