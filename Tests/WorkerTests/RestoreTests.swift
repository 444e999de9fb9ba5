import ColdStart
import JSON
import Jobs
import TestSupport
import Testing

@testable import Worker

private let restore = Restore(paused: .seconds(30), why: "a tick came 30000 ms late")

@Suite("worker after a restore", .timeLimit(.minutes(2)))
struct RestoreTests {
    @Test("connections are dropped, polls and stop channel begun anew, the engine is checked, and jobs go on")
    func everything() async {
        let bench = Bench(slots: 2)
        #expect(await eventually { bench.queue.openTakes == 1 && bench.queue.stopPolls == 1 })
        await bench.worker.resumed(after: restore)
        #expect(bench.queue.drops == 1)
        #expect(bench.engine.checks == 1)
        #expect(await eventually { bench.queue.takes == [2, 2] && bench.queue.openTakes == 1 })
        #expect(await eventually { bench.queue.stopPolls == 2 })
        let log = bench.queue.log
        #expect(log.firstIndex(of: "drop").map { $0 < (log.lastIndex(of: "take") ?? 0) } == true)
        bench.queue.offer("a", "b")
        #expect(await eventually { bench.queue.results.count == 2 })
        #expect(await bench.drained() == .drained)
    }

    @Test("what a stale poll still brings is run")
    func staleJob() async {
        let bench = Bench()
        #expect(await eventually { bench.queue.openTakes == 1 })
        async let resumed: Void = bench.worker.resumed(after: restore)
        // The oldest of those who wait gets it: the stale one.
        bench.queue.offer("a")
        await resumed
        #expect(await eventually { bench.queue.results.map(\.job) == ["a"] })
        #expect(await bench.drained() == .drained)
    }

    @Test("the start is a restored one with a timeline of its own, for the next job; the idle one before it has ended")
    func timeline() async throws {
        let bench = Bench()
        #expect(await eventually { bench.queue.openTakes == 1 })
        await bench.worker.resumed(after: restore)
        let before = try #require(bench.timelines.first)
        #expect(before.kind == .cold && before.isFinished)
        #expect(before.attributes["ended_by"] == "snapshot")
        bench.queue.offer("a", input: ["prompt": "p", "include": ["timings"]])
        #expect(await eventually { bench.timelines.count == 2 })
        let after = bench.timelines[1]
        #expect(after.kind == .restored && after.isFinished)
        let expected = [
            "restored.detect", "connections.drop", "queue.poll", "idle", "engine.check", "job.take", "first_token",
            "first_result", "job.done",
        ]
        #expect(after.phases.map(\.name) == expected)
        #expect(after.phases.first?.attributes["paused_ms"] == 30000)
        #expect(after.phases.first { $0.name == "engine.check" }?.attributes["verdict"] == "alive")
        #expect(bench.queue.results.first?.result.output?["timings"]?["start_kind"] == "restored")
        bench.queue.offer("b", input: ["prompt": "p", "include": ["timings"]])
        #expect(await eventually { bench.queue.results.count == 2 })
        #expect(bench.queue.results.last?.result.output?["timings"]?["start_kind"] == "warm")
        _ = await bench.drained()
        #expect(bench.timelines.count == 2, "one timeline a start")
    }

    @Test("a job that runs when the worker is frozen finishes; the pause is on its start's timeline")
    func midJob() async throws {
        let bench = Bench()
        bench.queue.offer("a", input: ["prompt": "hold"])
        #expect(await eventually { bench.engine.holding == 1 })
        await bench.worker.resumed(after: restore)
        bench.engine.release()
        #expect(await eventually { bench.timelines.count == 1 })
        #expect(bench.timelines[0].kind == .cold)
        #expect(bench.timelines[0].phases.contains { $0.name == "frozen" })
        #expect(bench.queue.results.first?.result.error == nil)
        _ = await bench.drained()
    }

    @Test(
        "an engine that is gone, or has lost its model, is brought back at once by an eager worker, by a lazy one never",
        arguments: [EngineVerdict.dead("it ended with signal 9"), .modelMissing(["m"])]
    )
    func bringBack(verdict: EngineVerdict) async {
        for isEager in [true, false] {
            let bench = Bench(startsEagerly: isEager)
            #expect(await eventually { bench.queue.openTakes == 1 })
            let before = bench.engine.readyCalls
            #expect(before == (isEager ? 1 : 0))
            bench.engine.turnOut(verdict)
            await bench.worker.resumed(after: restore)
            if isEager { #expect(await eventually { bench.engine.readyCalls == before + 1 }) }
            bench.queue.offer("a")
            #expect(await eventually { bench.queue.results.count == 1 })
            #expect(bench.engine.readyCalls == before + (isEager ? 2 : 1))
            _ = await bench.drained()
        }
    }

    @Test("an eager worker that has not asked for jobs yet does not begin to by a restore")
    func whileLoading() async {
        let engine = ScriptedEngine()
        engine.cool()
        let bench = Bench(engine: engine, startsEagerly: true)
        #expect(await eventually { engine.readyCalls == 1 })
        await bench.worker.resumed(after: restore)
        #expect(bench.queue.takes.isEmpty)
        engine.warm()
        #expect(await eventually { bench.queue.takes.count == 1 })
        #expect(bench.start.timeline.kind == .cold)
        _ = await bench.drained()
    }

    @Test("a worker that drains is left alone")
    func draining() async {
        let bench = Bench()
        #expect(await eventually { bench.queue.openTakes == 1 })
        await bench.worker.drain()
        await bench.worker.resumed(after: restore)
        #expect(bench.queue.drops == 0)
        #expect(await bench.run.value == .drained)
    }

    @Test("a restore that the watch notices reaches the worker and is remembered")
    func watched() async throws {
        let folder = try TemporaryFolder("restore")
        let marker = RestoreMarker(folder: folder.path)
        let watch = RestoreWatch()
        let bench = Bench(restores: RestorePlan(watch: watch, marker: marker))
        #expect(await eventually { bench.queue.openTakes == 1 })
        watch.notice(restore)
        #expect(await eventually { bench.engine.checks == 1 && bench.queue.drops == 1 })
        #expect(await eventually { marker.isSet })
        #expect(await bench.drained() == .drained)
    }
}
