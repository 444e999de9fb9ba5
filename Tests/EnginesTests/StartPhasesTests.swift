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
        let steps = marks.filter { if case .fact = $0 { false } else { true } }.reduce(into: [LogMark]()) {
            steps,
            mark in
            // Several lines speak of the cache.
            if mark != .kvCache || steps.last != .kvCache { steps.append(mark) }
        }
        #expect(
            steps == [
                .up(version: nil), .listening(version: "0.32.15"), .discovering,
                .device(library: "cpu", name: "cpu", memory: "23.5 GiB"),
                .runnerStarting,
                .listening(version: nil), .opening, .fitting, .fitted, .weights(mode: "none"), .context, .kvCache,
                .runnerWarmUp,
                .loaded,
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
                "runner.vocabulary", "weights", "context", "kv_cache", "runner.warmup", "runner.notice", "model.load",
                "warmup",
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

    @Test func `a runner that does not fit goes from the opening to the vocabulary`() {
        var play = Timeline(fits: false)
        play.enter(.spawn, 0)
        play.take(.opening, 5)
        play.take(.weights(mode: "mmap"), 9)
        play.take(.context, 12)
        play.take(.kvCache, 13)
        play.take(.compile, 14)
        play.take(.kvCache, 15)
        play.take(.runnerWarmUp, 16)
        play.finish(20)
        #expect(
            play.phases.map(\.name) == [
                "engine.spawn", "runner.vocabulary", "weights", "context", "kv_cache", "compile", "runner.warmup",
                "model.load",
            ]
        )
        #expect(play.phases.last?.attributes["load_mode"] == "mmap")
    }

    @Test func `llama-server's version is its build`() {
        let line = "0.00.002.518 I cmn  common_param: common_params_print_info: build 1 (7e4c0a9) with GNU 11.4.0"
        #expect(LogMark(line) == .up(version: "build 1 7e4c0a9"))
    }

    @Test(arguments: [
        "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 4096.00 MiB on device 0: cudaMalloc failed: out of memory",
        "alloc_tensor_range: failed to allocate CUDA0 buffer of size 4294967296",
        "ggml_vulkan: Device memory allocation of size 1073741824 failed. ErrorOutOfDeviceMemory",
    ])
    func `an allocation that failed is noticed`(line: String) {
        #expect(LogMark(line) == .memoryShort(line))
    }

    @Test func `marks that are late, missing or out of order leave no gap and no double`() {
        var play = Timeline()
        play.enter(.spawn, 0)
        play.take(.weights(mode: nil), 10)
        play.take(.fitting, 11)
        play.take(.weights(mode: nil), 12)
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

        private var steps: StartPhases
        private var open: [String: Double] = [:]
        private(set) var phases: [Phase] = []
        private(set) var now = 0.0

        init(fits: Bool = true) {
            steps = StartPhases()
            steps.fits = fits
        }

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
