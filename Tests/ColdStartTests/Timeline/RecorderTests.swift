import Dispatch
import JSON
import Support
import Testing

@testable import ColdStart

@Suite("StartRecorder")
struct RecorderTests {
    @Test("Phases come out as they went in, with their parents and attributes")
    func phases() throws {
        let recorder = StartRecorder(kind: .restored, origin: origin)
        let load = recorder.begin("model.load", at: at(2), attributes: ["model": "m"])
        let weights = recorder.begin("weights", parent: load, at: at(3))
        recorder.end(weights, at: at(5), attributes: ["bytes": 12])
        recorder.add(["model": "n", "quantisation": "Q4"], to: load)
        recorder.end(load, at: at(6))
        recorder.describe(["engine": "ollama"])
        let timeline = recorder.snapshot()
        #expect(timeline.kind == .restored)
        #expect(timeline.total == .milliseconds(6))
        #expect(timeline.attributes == ["engine": "ollama"])
        let phases = timeline.phases
        try #require(phases.count == 2)
        #expect(
            phases[0]
                == Phase("model.load", begin: at(2), end: at(6), attributes: ["model": "n", "quantisation": "Q4"])
        )
        #expect(phases[1] == Phase("weights", parent: load, begin: at(3), end: at(5), attributes: ["bytes": 12]))
    }

    @Test("Each end is told once, with the parent's name")
    func ends() {
        let told = Lock<[String]>([])
        let recorder = StartRecorder(origin: origin) { phase, parent in
            told.withLock { $0.append("\(phase.name) in \(parent ?? "-")") }
        }
        let load = recorder.begin("model.load")
        let weights = recorder.begin("weights", parent: load)
        recorder.end(weights)
        recorder.end(weights)
        recorder.end(load)
        recorder.end(.untaken)
        recorder.record("job.take", from: at(0), to: at(1))
        #expect(told.withLock { $0 } == ["weights in model.load", "model.load in -", "job.take in -"])
    }

    @Test("Ending twice keeps the first end")
    func twice() {
        let recorder = StartRecorder(origin: origin)
        let phase = recorder.begin("a", at: at(1))
        recorder.end(phase, at: at(2))
        recorder.end(phase, at: at(9), attributes: ["late": true])
        #expect(recorder.snapshot().phases == [Phase("a", begin: at(1), end: at(2))])
    }

    @Test("Times before the origin and ends before the begin are put right")
    func clamped() {
        let recorder = StartRecorder(origin: origin)
        recorder.record("a", from: at(-5), to: at(-3))
        recorder.record("b", from: at(5), to: at(3))
        #expect(recorder.snapshot().phases.map(\.begin) == [at(0), at(5)])
        #expect(recorder.snapshot().phases.map(\.end) == [at(0), at(5)])
    }

    @Test("A start lasts to its finish, to now while a phase runs, else to the last end")
    func end() {
        let recorder = StartRecorder(origin: origin)
        #expect(recorder.snapshot(at: at(7)).total == .milliseconds(7))
        let phase = recorder.begin("a", at: at(1))
        #expect(recorder.snapshot(at: at(8)).total == .milliseconds(8))
        recorder.end(phase, at: at(3))
        #expect(recorder.snapshot(at: at(9)).total == .milliseconds(3))
        #expect(!recorder.snapshot().isFinished)
        recorder.finish(at: at(5))
        recorder.finish(at: at(6))
        #expect(recorder.snapshot(at: at(10)).total == .milliseconds(5))
        #expect(recorder.snapshot().isFinished)
    }

    @Test("After its finish a start takes no phase, but the end of one that runs")
    func finished() {
        let recorder = StartRecorder(origin: origin)
        let early = recorder.begin("early", at: at(1))
        recorder.finish(at: at(4))
        let late = recorder.begin("late", at: at(5))
        recorder.end(late, at: at(6))
        recorder.end(early, at: at(6))
        #expect(recorder.snapshot().phases == [Phase("early", begin: at(1), end: at(6))])
        #expect(recorder.snapshot().criticalPath.map(\.interval) == [at(1)..<at(4)])
    }

    @Test("A start that never ends does not grow, and says how much it left out")
    func limit() {
        let recorder = StartRecorder(origin: origin)
        for index in 0..<1000 { recorder.record("\(index)", from: at(0), to: at(1)) }
        let child = recorder.begin("child", parent: recorder.begin("parent"))
        recorder.end(child)
        let timeline = recorder.snapshot()
        #expect(timeline.phases.count == 512)
        #expect(timeline.droppedPhases == 490)
        #expect(timeline.json["dropped_phases"]?.int == 490)
    }

    @Test("A part of a phase that was not taken stands for itself")
    func orphan() {
        let recorder = StartRecorder(origin: origin)
        recorder.record("part", parent: .untaken, from: at(0), to: at(1))
        #expect(recorder.snapshot().phases.map(\.parent) == [nil])
    }

    @Test("The lines logged on the way and the timeline in the end say the same to the last digit")
    func agreement() {
        let lines = Lock<[JSON]>([])
        let recorder = StartRecorder(origin: origin) { phase, parent in
            lines.withLock { $0.append(phase.logForm(parent: parent).fields["ms"] ?? .null) }
        }
        // Odd nanoseconds, as a clock gives them.
        var time = origin
        for index in 0..<200 {
            let next = time + .nanoseconds(1_234_567 + index * 7919)
            recorder.record("step", from: time, to: next)
            time = next
        }
        recorder.finish(at: time)
        let json = recorder.snapshot().json
        let path = json["critical_path"]?.array?.compactMap { $0["ms"] }
        #expect(path == lines.withLock { $0 })
        let sum = lines.withLock { $0 }.reduce(0) { $0 + Int((($1.double ?? 0) * 1000).rounded()) }
        #expect(sum == Int(((json["total_ms"]?.double ?? 0) * 1000).rounded()))
    }

    @Test("Eight threads lose nothing and mix nothing up")
    func threads() {
        let ended = Lock(0)
        let recorder = StartRecorder(origin: origin) { phase, parent in
            #expect(parent == phase.name.replacing("part", with: "whole"))
            ended.withLock { $0 += 1 }
        }
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            for round in 0..<30 {
                let whole = recorder.begin("whole.\(thread).\(round)")
                let part = recorder.begin("part.\(thread).\(round)", parent: whole)
                recorder.add(["thread": JSON(thread)], to: part)
                recorder.end(part)
                _ = recorder.snapshot().json
            }
        }
        let timeline = recorder.snapshot()
        #expect(ended.withLock { $0 } == 240)
        #expect(timeline.phases.count == 480)
        for phase in timeline.phases {
            guard let parent = phase.parent else { continue }
            let words = phase.name.split(separator: ".")
            #expect(timeline.phases[parent.index].name == "whole.\(words[1]).\(words[2])")
            #expect(phase.attributes["thread"]?.int == Int(words[1]))
        }
    }
}
