import JSON
import Testing

@testable import Engines

/// The log of a real cold start, turned into phases.
@Suite struct StartPhasesTests {
    @Test func `each mark of a recorded start is found, in order`() throws {
        var marks: [LogMark] = []
        for line in try Recordings.coldStart() {
            if let mark = LogMark(line.text) { marks.append(mark) }
        }
        let steps = marks.filter { if case .fact = $0 { false } else { true } }
        #expect(
            steps == [
                .up, .listening, .discovering, .device(library: "cpu", name: "cpu", memory: "23.5 GiB"),
                .runnerStarting,
                .listening, .opening, .fitting, .fitted, .weights, .context, .runnerWarmUp, .loaded,
            ]
        )
        #expect(marks.contains(.fact("buffer.CPU", "222.51 MiB")))
        #expect(marks.contains(.fact("context", "4096")))
    }

    @Test func `a recorded start becomes phases without a gap`() throws {
        var play = Timeline()
        play.enter(.spawn, 0)
        for line in try Recordings.coldStart() where line.milliseconds < 1488 {
            if play.now < 78, line.milliseconds >= 78 { play.enter(.inspect, 78.3) }
            if let mark = LogMark(line.text) { play.take(mark, line.milliseconds) }
        }
        play.enter(.warmUp, 1431.8)
        play.finish(1489.6)
        #expect(
            play.phases.map(\.name) == [
                "engine.spawn", "engine.listen", "engine.discover", "model.inspect", "runner.start", "runner.fit",
                "runner.vocabulary", "weights", "context", "runner.warmup", "runner.notice", "model.load", "warmup",
            ]
        )
        let leaves = play.phases.filter { $0.name != "model.load" }
        #expect(leaves.map(\.begin) == [0] + leaves.dropLast().map(\.end), "each begins where the last one ends")
        let weights = try #require(leaves.first { $0.name == "weights" })
        #expect(weights.begin == 741.5 && weights.end == 1251.1)
        let load = try #require(play.phases.first { $0.name == "model.load" })
        #expect(load.begin == 78.3 && load.end == 1431.8)
        #expect(load.attributes["context"] == "4096")
        let discovery = try #require(leaves.first { $0.name == "engine.discover" })
        #expect(discovery.attributes["library"] == "cpu")
    }

    @Test func `marks that are late, missing or out of order leave no gap and no double`() {
        var play = Timeline()
        play.enter(.spawn, 0)
        play.take(.weights, 10)
        play.take(.fitting, 11)
        play.take(.weights, 12)
        play.finish(20)
        #expect(play.phases.map(\.name) == ["engine.spawn", "weights", "model.load"])
    }

    /// Applies changes as the recorder would.
    struct Timeline {
        struct Phase {
            var name: String
            var begin: Double
            var end: Double
            var attributes: JSON.Object
        }

        private var steps = StartPhases()
        private var open: [String: Double] = [:]
        private(set) var phases: [Phase] = []
        private(set) var now = 0.0

        mutating func enter(_ step: StartPhases.Step, _ time: Double) {
            apply(steps.enter(step), time)
        }

        mutating func take(_ mark: LogMark, _ time: Double) {
            apply(steps.take(mark), time)
        }

        mutating func finish(_ time: Double) {
            apply(steps.finish(), time)
        }

        private mutating func apply(_ changes: [StartPhases.Change], _ time: Double) {
            now = time
            for change in changes {
                switch change {
                case .begin(let name, _): open[name] = time
                case .end(let name, let attributes):
                    let begin = open.removeValue(forKey: name) ?? -1
                    phases.append(Phase(name: name, begin: begin, end: time, attributes: attributes))
                }
            }
        }
    }
}
