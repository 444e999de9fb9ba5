import JSON
import Testing

@testable import LocalQueue

/// What an event makes of a job, from every state it can be in.
struct StateTests {
    enum Step: String, CaseIterable, Sendable {
        case cancel, retry, purge, result, failure, progress, chunk, executionTimeout, timeToLive, take
    }

    /// A job "a" in the wanted state, its worker being "w".
    private func driver(in state: JobState) throws -> Driver {
        var driver = Driver()
        try driver.submit("a", ["policy": ["executionTimeout": 20_000, "ttl": 60_000]])
        switch state {
        case .inQueue: break
        case .inProgress: driver.take()
        case .completed:
            driver.take()
            driver.done("a")
        case .failed:
            driver.take()
            driver.done("a", ["error": "no"])
        case .cancelled:
            driver.take()
            driver.ask { .cancel($0, job: "a") }
        case .timedOut:
            driver.take()
            driver.advance(by: .seconds(20))
        }
        #expect(driver.state("a") == state)
        return driver
    }

    private func take(_ step: Step, _ driver: inout Driver) {
        switch step {
        case .cancel: driver.ask { .cancel($0, job: "a") }
        case .retry: driver.ask { .retry($0, job: "a") }
        case .purge: driver.ask { .purge($0) }
        case .result: driver.done("a", ["output": "x"])
        case .failure: driver.done("a", ["error": "x"])
        case .progress: driver.done("a", ["status": "IN_PROGRESS", "output": "x"])
        case .chunk: driver.chunk("a", "x")
        case .executionTimeout:
            driver.ping(["a"])
            driver.advance(by: .seconds(20))
        case .timeToLive: driver.advance(by: .seconds(60))
        case .take: driver.take("other")
        }
    }

    /// Pairs that change the state; every other pair leaves it as it was.
    private let changes: [JobState: [Step: JobState]] = [
        .inQueue: [.cancel: .cancelled, .purge: .cancelled, .timeToLive: .timedOut, .take: .inProgress],
        .inProgress: [
            .cancel: .cancelled, .result: .completed, .failure: .failed, .executionTimeout: .timedOut,
            .timeToLive: .timedOut,
        ],
        .failed: [.retry: .inQueue],
        .timedOut: [.retry: .inQueue],
    ]

    @Test(arguments: JobState.allCases, Step.allCases)
    func everyStepFromEveryStateLeadsWhereItShould(state: JobState, step: Step) throws {
        var driver = try driver(in: state)
        take(step, &driver)
        #expect(driver.state("a") == changes[state]?[step] ?? state)
    }

    @Test(arguments: JobState.allCases.filter(\.isFinal), [Step.result, .failure, .progress, .chunk])
    func whatComesAfterTheEndIsAnsweredAndIgnored(state: JobState, step: Step) throws {
        var driver = try driver(in: state)
        let before = driver.report("a")
        let reply = step == .chunk ? driver.chunk("a", "late") : driver.done("a", ["output": "late"])
        #expect(reply?.status == 200)
        #expect(reply?.isIgnored == true)
        #expect(driver.report("a") == before)
    }

    @Test func aRetryKeepsIdAndInputAndForgetsTheRest() throws {
        var driver = try driver(in: .failed)
        driver.advance(by: .seconds(1))
        #expect(driver.ask { .retry($0, job: "a") } == .state(job: "a", .inQueue))
        #expect(driver.report("a")?.error == nil)
        let visit = driver.visit { .take($0, worker: "w2", count: nil) }
        guard case .jobs(let jobs, _, _)? = driver.replies[visit] else { throw Missing() }
        #expect(jobs.first?["input"] == ["prompt": "Hello"])
        #expect(driver.health().retried == 1)
        driver.done("a", by: "w2")
        #expect(driver.report("a")?.delay == .zero)
    }

    @Test(arguments: [JobState.inQueue, .inProgress, .completed, .cancelled])
    func onlyFailedAndTimedOutJobsAreRetried(state: JobState) throws {
        var driver = try driver(in: state)
        let refusal = driver.ask { .retry($0, job: "a") }?.refusal
        #expect(refusal?.status == 400)
        #expect(refusal?.message.contains(state.rawValue) == true)
    }

    @Test func cancellingTellsTheWorker() throws {
        var driver = try driver(in: .inProgress)
        let channel = driver.visit { .stops($0, worker: "w") }
        #expect(driver.replies[channel] == nil)
        driver.ask { .cancel($0, job: "a") }
        #expect(driver.replies[channel] == .stop(["a"], worker: "w"))
    }

    @Test func cancellingWhileNobodyListensTellsTheWorkerLater() throws {
        var driver = try driver(in: .cancelled)
        #expect(driver.stops() == ["a"])
        #expect(driver.stops() == [])
    }

    @Test func aPurgeLeavesWhatRuns() throws {
        var driver = try driver(in: .inProgress)
        try driver.submit("b")
        try driver.submit("c")
        #expect(driver.ask { .purge($0) } == .purged(2))
        #expect(driver.state("a") == .inProgress)
        #expect(driver.state("b") == .cancelled)
        #expect(driver.take("w2") == nil)
    }

    @Test func unknownJobsAreRefusedWith404() {
        var driver = Driver()
        #expect(driver.ask { .status($0, job: "x") }?.status == 404)
        #expect(driver.ask { .stream($0, job: "x", wait: .seconds(1)) }?.status == 404)
        #expect(driver.ask { .cancel($0, job: "x") }?.status == 404)
        #expect(driver.ask { .retry($0, job: "x") }?.status == 404)
        // A worker can do nothing about it, so for it that is no error.
        #expect(driver.done("x")?.isIgnored == true)
        #expect(driver.chunk("x", 1)?.isIgnored == true)
    }

    @Test func anIdIsGivenOnce() throws {
        var driver = Driver()
        try driver.submit("a")
        #expect(try driver.submit("a")?.status == 409)
        #expect(driver.take() == ["a"])
        #expect(driver.take() == nil)
    }
}

struct Missing: Error {}
