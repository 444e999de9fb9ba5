import Jobs
import Testing

@testable import Engines

/// Crashes, hangs and starts that fail.
@Suite struct EngineFailureTests {
    @Test func `a failed start is tried again after a growing pause, and given up at the third`() {
        var play = Play()
        _ = play.wants(1, "a")
        var pauses: [EngineMachine.Action] = []
        for life in 1...2 {
            let actions = play.now(.exited(life: life, cause: "exit code 1"))
            #expect(actions.map(\.name) == ["end", "sleep"])
            pauses += actions.suffix(1)
            #expect(play.now(.ended(life: life)) == [])
            #expect(play.now(.backoffElapsed) == [.open(life: life + 1, model: nil)])
        }
        #expect(pauses == [.sleep(.milliseconds(200)), .sleep(.milliseconds(400))])
        let last = play.now(.exited(life: 3, cause: "exit code 1"))
        #expect(last.map(\.name) == ["end", "giveUp", "fail"])
        let failure = play.failure(of: last)
        #expect(failure?.kind == .gaveUp)
        #expect(failure?.description.contains("exit code 1") == true)
        #expect(play.failure(of: play.wants(2, "a"))?.kind == .gaveUp)
    }

    @Test func `a start that cannot go better is not tried again`() {
        var play = Play()
        _ = play.wants(1, "a")
        let actions = play.now(.openFailed(life: 1, cause: "not executable", retry: false))
        #expect(actions == [.fail(waiter: 1, EngineFailure(.unavailable, "not executable"))])
        #expect(play.machine.state == .stopped)
        #expect(play.wants(2, "a") == [.open(life: 2, model: nil)])
    }

    @Test func `an engine that never answers is ended and started anew`() {
        var play = Play()
        _ = play.wants(1, "a")
        _ = play.now(.opened(life: 1))
        #expect(play.now(.probed(life: 1, .timedOut)).map(\.name) == ["end", "sleep"])
        #expect(play.now(.backoffElapsed) == [], "its group is still being ended")
        #expect(play.now(.ended(life: 1)) == [.open(life: 2, model: nil)])
    }

    @Test func `a runner's death counts once, however many requests it took along`() {
        var play = Play.ready("a")
        for id in 2...4 { _ = play.wants(id, "a", startsRequest: true) }
        #expect(play.now(.requestEnded(waiter: 2, .died("killed"))).map(\.name) == ["sleep"])
        #expect(play.now(.requestEnded(waiter: 3, .died("killed"))) == [])
        #expect(play.now(.requestEnded(waiter: 4, .died("killed"))) == [])
        #expect(play.machine.failures == 1)
    }

    @Test func `a process that dies with its requests counts once`() {
        var play = Play.ready("a")
        _ = play.wants(2, "a", startsRequest: true)
        _ = play.now(.requestEnded(waiter: 2, .died("connection lost")))
        _ = play.now(.exited(life: 1, cause: "signal 9"))
        #expect(play.machine.failures == 1)
        _ = play.wants(3, "a")
        #expect(play.now(.backoffElapsed) == [.open(life: 2, model: nil)])
    }

    @Test func `after a runner's death the model is loaded again into the same server`() {
        var play = Play.ready("a")
        _ = play.wants(2, "a", startsRequest: true)
        _ = play.now(.requestEnded(waiter: 2, .died("killed")))
        #expect(play.wants(3, "a") == [])
        #expect(play.now(.backoffElapsed) == [.load(life: 1, model: "a")])
    }

    @Test func `a stalled request restarts the engine`() {
        var play = Play.ready("a")
        _ = play.wants(2, "a", startsRequest: true)
        #expect(play.now(.requestEnded(waiter: 2, .stalled)).map(\.name) == ["end", "sleep"])
        _ = play.wants(3, "a")
        _ = play.now(.ended(life: 1))
        #expect(play.now(.backoffElapsed) == [.open(life: 2, model: nil)])
    }

    @Test func `only a completed generation resets the count`() {
        var play = Play.ready("a")
        _ = play.wants(2, "a", startsRequest: true)
        _ = play.now(.requestEnded(waiter: 2, .died("killed")))
        _ = play.wants(3, "a", startsRequest: true)
        _ = play.now(.backoffElapsed)
        _ = play.now(.loadDone(life: 1, model: "a"))
        _ = play.now(.warmedUp(life: 1, model: "a"))
        #expect(play.machine.failures == 1, "a warm-up says nothing of real requests")
        _ = play.now(.requestEnded(waiter: 3, .refused))
        #expect(play.machine.failures == 1, "nor does a refusal")
        _ = play.wants(4, "a", startsRequest: true)
        _ = play.now(.requestEnded(waiter: 4, .completed))
        #expect(play.machine.failures == 0)
    }

    @Test func `a pardoned failure does not count`() {
        var play = Play.ready("a")
        for poison in 1...4 {
            for _ in 1...2 {
                #expect(play.dies(under: poison) == [], "nobody else waits, so nobody is failed")
                #expect(play.machine.failures <= 2)
            }
            _ = play.now(.pardon)
            #expect(play.machine.failures == 0)
        }
        #expect(play.wants(99, "a").map(\.name) != ["fail"])
    }

    @Test func `an engine that dies under every job is given up at the third, when somebody asks for it again`() {
        var play = Play.ready("a")
        for job in 1...3 { #expect(play.dies(under: job) == []) }
        #expect(play.machine.failures == 3)
        let actions = play.wants(99, "a")
        #expect(actions.map(\.name) == ["giveUp", "fail", "end"])
        #expect(play.failure(of: actions)?.kind == .gaveUp)
        #expect(play.failure(of: actions)?.description.contains("killed") == true)
    }

    @Test(arguments: [true, false])
    func `at the third death those who wait are told after the back-off, unless the input is convicted`(
        isPardoned: Bool
    ) {
        var play = Play.ready("a")
        for job in 1...2 { _ = play.dies(under: job) }
        _ = play.reload("a")
        _ = play.wants(3, "a", startsRequest: true)
        #expect(play.now(.requestEnded(waiter: 3, .died("killed"))) == [.sleep(.milliseconds(800))], "no jitter")
        #expect(play.wants(4, "a") == [])
        if isPardoned { _ = play.now(.pardon) }
        let actions = play.now(.backoffElapsed)
        #expect(actions.map(\.name) == (isPardoned ? ["load"] : ["giveUp", "fail", "end"]))
    }

    @Test func `a process that exits under a request waits for the verdict too, one that exits at a start does not`() {
        var play = Play.ready("a")
        for job in 1...2 { _ = play.dies(under: job) }
        _ = play.reload("a")
        _ = play.wants(3, "a", startsRequest: true)
        #expect(play.now(.exited(life: 1, cause: "signal 9")).map(\.name) == ["end", "sleep"])
        _ = play.now(.requestEnded(waiter: 3, .died("signal 9")))
        #expect(play.machine.failures == 3)
        _ = play.now(.ended(life: 1))
        _ = play.wants(4, "a")
        #expect(play.now(.backoffElapsed).map(\.name) == ["giveUp", "fail"])

        var starting = Play.ready("a")
        for job in 1...2 { _ = starting.dies(under: job) }
        _ = starting.wants(3, "a")
        #expect(starting.now(.exited(life: 1, cause: "exit code 1")).map(\.name) == ["end", "giveUp", "fail"])
    }

    @Test func `a load without a sign of life ends the process`() {
        var play = Play(.oneModel)
        _ = play.wants(1, "a")
        _ = play.now(.discovered(life: 1, models: ["a"]))
        _ = play.now(.opened(life: 1))
        _ = play.now(.probed(life: 1, .loading))
        #expect(play.now(.probed(life: 1, .timedOut)).map(\.name) == ["end", "sleep"])
        guard case .failed(let cause) = play.machine.state else {
            Issue.record("it goes on")
            return
        }
        #expect(cause.contains("no sign of life") && cause.contains("loaded a"))
    }

    @Test func `an idle engine's death waits for somebody to want it`() {
        var play = Play.ready("a")
        #expect(play.now(.exited(life: 1, cause: "killed")).map(\.name) == ["end", "sleep"])
        _ = play.now(.ended(life: 1))
        #expect(play.now(.backoffElapsed) == [])
        #expect(play.machine.state == .stopped)
        #expect(play.wants(2, "a") == [.open(life: 2, model: nil)])
    }

    @Test(arguments: [0, 1, 2, 3])
    func `a drain ends what there is, at any point of a start`(steps: Int) {
        var play = Play()
        _ = play.wants(1, "a")
        if steps > 0 { _ = play.now(.opened(life: 1)) }
        if steps > 1 { _ = play.now(.probed(life: 1, .ready)) }
        if steps > 2 { _ = play.now(.discovered(life: 1, models: ["a"])) }
        #expect(play.now(.drain).map(\.name) == ["fail", "end"])
        #expect(play.now(.drain) == [])
        #expect(play.now(.ended(life: 1)) == [])
        #expect(play.failure(of: play.wants(2, "a"))?.kind == .cancelled)
    }

    @Test func `a drain before any start ends nothing`() {
        var play = Play()
        #expect(play.now(.drain) == [])
    }
}

/// One process, one model: llama-server.
@Suite struct BoundEngineMachineTests {
    @Test func `it is started with the model that is wanted`() {
        var play = Play(.oneModel)
        #expect(play.wants(1, "b") == [.discover(life: 1)])
        #expect(play.now(.discovered(life: 1, models: ["a", "b"])) == [.open(life: 1, model: "b")])
        _ = play.now(.opened(life: 1))
        #expect(play.now(.probed(life: 1, .loading)) == [.probe(life: 1, after: .milliseconds(1))])
        #expect(play.machine.state == .loading("b"))
        #expect(play.now(.probed(life: 1, .ready)) == [.warmUp(life: 1, model: "b")])
        #expect(
            play.now(.warmedUp(life: 1, model: "b")) == [
                .settle(life: 1), .resume(waiter: 1, Readiness(model: "b", waited: true)),
            ]
        )
    }

    @Test func `a model that came just now is used for a while before another takes its place`() {
        var play = bound("a", others: ["b"], isSettled: false)
        #expect(play.wants(2, "b") == [])
        let served = play.wants(3, "a", startsRequest: true)
        #expect(served == [.resume(waiter: 3, Readiness(model: "a", waited: false))], "who wants it is served")
        #expect(play.now(.requestEnded(waiter: 3, .completed)) == [])
        #expect(play.now(.settled(life: 1)) == [.end(life: 1)])
        #expect(play.now(.settled(life: 1)) == [])
    }

    @Test func `the patience of a process that died is not the next one's`() {
        var play = bound("a", others: ["b"], isSettled: false)
        _ = play.wants(2, "b")
        _ = play.now(.exited(life: 1, cause: "signal 9"))
        _ = play.now(.ended(life: 1))
        #expect(play.now(.backoffElapsed) == [.discover(life: 2)])
        #expect(play.now(.settled(life: 1)) == [])
        #expect(play.now(.discovered(life: 2, models: ["a", "b"])) == [.open(life: 2, model: "b")])
    }

    @Test func `a configured path that is no model is said to those who wanted it, and to nobody else`() {
        var play = Play(.oneModel, configured: "gone")
        _ = play.wants(1, nil)
        _ = play.wants(2, "b")
        let problem = "The model /gone.gguf does not exist."
        #expect(
            play.now(.discovered(life: 1, models: ["b"], problems: ["gone": problem])) == [
                .fail(waiter: 1, EngineFailure(.unknownModel, problem)), .open(life: 1, model: "b"),
            ]
        )
    }

    @Test func `a model that is not on the disk starts nothing`() {
        var play = Play(.oneModel)
        _ = play.wants(1, "nosuch")
        let actions = play.now(.discovered(life: 1, models: ["a", "b"]))
        #expect(actions.map(\.name) == ["fail"])
        #expect(play.failure(of: actions)?.kind == .unknownModel)
        #expect(play.failure(of: actions)?.description.contains("a, b") == true)
        #expect(play.machine.state == .stopped)
    }

    @Test func `another model waits for the running requests, and nobody slips in before it`() {
        var play = bound("a", others: ["b"])
        _ = play.wants(2, "a", startsRequest: true)
        #expect(play.wants(3, "b") == [])
        #expect(play.wants(4, "a") == [], "it came after the change was asked for")
        #expect(play.now(.requestEnded(waiter: 2, .completed)) == [.end(life: 1)])
        #expect(play.now(.ended(life: 1)) == [.discover(life: 2)])
        #expect(play.now(.discovered(life: 2, models: ["a", "b"])) == [.open(life: 2, model: "b")])
    }

    @Test func `its death under a request ends the whole group`() {
        var play = bound("a")
        _ = play.wants(2, "a", startsRequest: true)
        #expect(play.now(.requestEnded(waiter: 2, .died("connection lost"))).map(\.name) == ["end", "sleep"])
        #expect(play.now(.exited(life: 1, cause: "signal 11")) == [])
        #expect(play.machine.failures == 1)
    }

    private func bound(_ model: String, others: [String] = [], isSettled: Bool = true) -> Play {
        var play = Play(.oneModel)
        _ = play.wants(1, model)
        _ = play.now(.discovered(life: 1, models: [model] + others))
        _ = play.now(.opened(life: 1))
        _ = play.now(.probed(life: 1, .ready))
        _ = play.now(.warmedUp(life: 1, model: model))
        if isSettled { _ = play.now(.settled(life: 1)) }
        return play
    }
}
