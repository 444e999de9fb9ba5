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
        #expect(StallWatch.hasSlept(past: deadline, at: deadline + .milliseconds(milliseconds)) == isOwn)
    }

    @Test(
        "no sleep is longer than a second, whatever the stall time, and none goes past the deadline",
        arguments: [(1, 1), (999, 999), (1000, 1000), (1001, 1000), (120_000, 1000)]
    )
    func laps(left: Int, sleep: Int) {
        let now = ContinuousClock.now
        #expect(StallWatch.nextLook(at: now, before: now + .milliseconds(left)) == now + .milliseconds(sleep))
    }

    @Test("silence longer than one sleep is noticed too, and none before its time")
    func longSilence() async {
        let watch = StallWatch()
        #expect(await watch.waitForStall(of: .milliseconds(1300)))
        #expect(watch.silence >= .milliseconds(1300))
    }

    @Test("silence is noticed")
    func silence() async {
        #expect(await StallWatch().waitForStall(of: .milliseconds(20)))
    }

    @Test("a cancelled watch has seen no stall")
    func cancelled() async {
        let watching = Task { await StallWatch().waitForStall(of: .seconds(600)) }
        watching.cancel()
        #expect(await watching.value == false)
    }
}
