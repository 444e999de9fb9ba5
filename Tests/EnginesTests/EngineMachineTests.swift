import Jobs
import Support
import Testing

@testable import Engines

/// The machine for an engine of many models, as a user of Ollama sees it.
@Suite struct EngineMachineTests {
    @Test func `one start serves fifty callers`() {
        var play = Play()
        #expect(play.wants(1, "a") == [.open(life: 1, model: nil)])
        for id in 2...50 { #expect(play.wants(id, "a") == []) }
        #expect(play.start(models: ["a"]) == [.load(life: 1, model: "a")])
        #expect(play.now(.loadDone(life: 1, model: "a")) == [.warmUp(life: 1, model: "a")])
        let resumed = play.now(.warmedUp(life: 1, model: "a"))
        #expect(resumed == (1...50).map { .resume(waiter: $0, Readiness(model: "a", waited: true)) })
        #expect(play.wants(51, "a") == [.resume(waiter: 51, Readiness(model: "a", waited: false))])
    }

    @Test func `the probe's pauses double from one millisecond to fifty`() {
        var play = Play()
        _ = play.wants(1, "a")
        var pauses = [play.now(.opened(life: 1))]
        for _ in 1...9 { pauses.append(play.now(.probed(life: 1, .silent))) }
        #expect(
            pauses == [0, 1, 2, 4, 8, 16, 32, 50, 50, 50].map { [.probe(life: 1, after: .milliseconds($0))] }
        )
    }

    @Test func `a model that the engine put out is loaded again when it is wanted`() {
        var play = Play()
        _ = play.wants(1, "a")
        _ = play.start(models: ["a"])
        _ = play.now(.loadDone(life: 1, model: "a"))
        _ = play.now(.warmedUp(life: 1, model: "a"))
        #expect(play.now(.evicted(life: 1, model: "a")) == [])
        #expect(play.wants(2, "a") == [.load(life: 1, model: "a")])
    }

    @Test func `a caller that goes away aborts nothing`() {
        var play = Play()
        _ = play.wants(1, "a")
        #expect(play.now(.cancelled(waiter: 1)) == [])
        #expect(play.start(models: ["a"]) == [.load(life: 1, model: "a")])
        #expect(play.now(.loadDone(life: 1, model: "a")) == [.warmUp(life: 1, model: "a")])
        #expect(play.now(.warmedUp(life: 1, model: "a")) == [], "nobody is there to be told")
        #expect(play.wants(2, "a") == [.resume(waiter: 2, Readiness(model: "a", waited: false))])
    }

    @Test(arguments: [
        (configured: "b", listed: ["a", "b"], expected: "b"),
        (configured: "not-listed", listed: ["a", "b"], expected: "not-listed"),
        (configured: nil, listed: ["only"], expected: "only"),
    ])
    func `a job without a model gets the configured or the only one`(
        configured: String?,
        listed: [String],
        expected: String
    ) {
        var play = Play(configured: configured)
        _ = play.wants(1, nil)
        #expect(play.start(models: listed) == [.load(life: 1, model: expected)])
    }

    @Test(arguments: [[], ["a", "b"]])
    func `a job without a model is told what there is`(listed: [String]) {
        var play = Play()
        _ = play.wants(1, nil)
        guard case .fail(waiter: 1, let failure)? = play.start(models: listed).first else {
            Issue.record("the waiter was not told")
            return
        }
        #expect(failure.kind == .unknownModel)
        #expect(failure.description.contains("KINDLING_MODEL"))
        for name in listed { #expect(failure.description.contains(name)) }
        #expect(play.machine.state == .ready)
    }

    @Test func `while a second model loads the first one answers`() {
        var play = Play.ready("a")
        #expect(play.wants(2, "b") == [.load(life: 1, model: "b")])
        #expect(play.wants(3, "a") == [.resume(waiter: 3, Readiness(model: "a", waited: false))])
        _ = play.now(.loadDone(life: 1, model: "b"))
        #expect(
            play.now(.warmedUp(life: 1, model: "b")) == [.resume(waiter: 2, Readiness(model: "b", waited: true))]
        )
    }

    @Test func `who wants only the process does not wait for a load`() {
        var play = Play()
        #expect(play.now(.wanted(.init(id: 1, demand: .process))) == [.open(life: 1, model: nil)])
        #expect(play.start(models: []) == [.resume(waiter: 1, Readiness(model: "", waited: true))])
    }

    @Test func `a broken model fails those who named it and nobody else`() {
        var play = Play.ready("a")
        _ = play.wants(2, "broken")
        _ = play.wants(3, "b")
        let refusal = EngineFailure(.refused(status: 500), "the file is truncated")
        #expect(
            play.now(.loadFailed(life: 1, model: "broken", refusal)) == [
                .fail(waiter: 2, EngineFailure(.unloadable, "the file is truncated")),
                .load(life: 1, model: "b"),
            ]
        )
        #expect(play.machine.failures == 0)
    }

    @Test func `the worker's own model that cannot be loaded three times ends it`() {
        var play = Play(configured: "a")
        _ = play.wants(1, nil)
        _ = play.start(models: [])
        let refusal = EngineFailure(.refused(status: 500), "the file is truncated")
        for id in 1...2 {
            #expect(play.now(.loadFailed(life: 1, model: "a", refusal)).map(\.name) == ["fail"])
            #expect(play.wants(id + 1, nil) == [.load(life: 1, model: "a")])
        }
        #expect(play.now(.loadFailed(life: 1, model: "a", refusal)).map(\.name) == ["giveUp", "fail", "end"])
        #expect(play.failure(of: play.wants(9, nil))?.kind == .gaveUp)
    }

    @Test func `news of an earlier process is ignored`() {
        var play = Play.ready("a")
        _ = play.now(.exited(life: 1, cause: "crash"))
        _ = play.now(.ended(life: 1))
        _ = play.now(.backoffElapsed)
        _ = play.wants(2, "a")
        let before = play.machine.state
        let old: [EngineMachine.Event] = [
            .opened(life: 1), .probed(life: 1, .ready), .exited(life: 1, cause: "late"), .ended(life: 1),
            .loadDone(life: 1, model: "a"), .warmedUp(life: 1, model: "a"), .discovered(life: 1, models: []),
        ]
        for event in old { #expect(play.now(event) == []) }
        #expect(play.machine.state == before)
    }
}

/// Drives a machine, with its jitter nailed to the upper end.
struct Play {
    var machine: EngineMachine
    private var generator = Highest()

    init(_ serving: EngineMachine.Serving = .manyModels, configured: String? = nil) {
        machine = EngineMachine(serving: serving, configured: configured)
    }

    /// One that has `model` in memory, wanted by waiter 1.
    static func ready(_ model: String) -> Play {
        var play = Play()
        _ = play.wants(1, model)
        _ = play.start(models: [model])
        _ = play.now(.loadDone(life: 1, model: model))
        _ = play.now(.warmedUp(life: 1, model: model))
        return play
    }

    mutating func now(_ event: EngineMachine.Event) -> [EngineMachine.Action] {
        machine.handle(event, using: &generator)
    }

    mutating func wants(_ id: Int, _ model: String?, startsRequest: Bool = false) -> [EngineMachine.Action] {
        now(.wanted(.init(id: id, demand: .model(model), startsRequest: startsRequest)))
    }

    /// A request under which the model's runner dies, nobody else being there, and the back-off after it.
    mutating func dies(under id: Int) -> [EngineMachine.Action] {
        _ = reload("a")
        _ = wants(id, "a", startsRequest: true)
        _ = now(.requestEnded(waiter: id, .died("killed")))
        return now(.backoffElapsed)
    }

    /// The model comes back, for somebody who went away.
    mutating func reload(_ model: String) -> [EngineMachine.Action] {
        _ = wants(1000, model)
        let life = machine.life
        return now(.loadDone(life: life, model: model)) + now(.warmedUp(life: life, model: model))
    }

    /// From the process to its list of models.
    mutating func start(models: [String]) -> [EngineMachine.Action] {
        let life = machine.life
        _ = now(.opened(life: life))
        _ = now(.probed(life: life, .ready))
        return now(.discovered(life: life, models: models))
    }

    func failure(of actions: [EngineMachine.Action]) -> EngineFailure? {
        for case .fail(_, let failure) in actions { return failure }
        return nil
    }

    private struct Highest: RandomNumberGenerator {
        mutating func next() -> UInt64 { .max }
    }
}

extension EngineMachine.Action {
    /// The action without what it is about.
    var name: String {
        "\(self)".split(separator: "(").first.map(String.init) ?? ""
    }
}
