import JSON
import Testing

@testable import LocalQueue

struct WorkerTests {
    // MARK: Taking

    @Test func jobsAreGivenInTheOrderInWhichTheyCame() throws {
        var driver = Driver()
        for id in ["a", "b", "c"] { try driver.submit(id) }
        driver.ask { .cancel($0, job: "b") }
        #expect([driver.take(), driver.take()] == [["a"], ["c"]])
    }

    @Test func aWaitingTakeGetsAJobInTheMomentItComes() throws {
        var driver = Driver()
        let first = driver.visit { .take($0, worker: "w1") }
        let second = driver.visit { .take($0, worker: "w2") }
        #expect(driver.replies.isEmpty)
        try driver.submit("a")
        #expect(driver.replies[first]?.jobIDs == ["a"])
        #expect(driver.replies[second] == nil)
        try driver.submit("b")
        #expect(driver.replies[second]?.jobIDs == ["b"])
    }

    @Test func aTakeIsAnsweredWithNothingAfterTheHold() {
        var driver = Driver { $0.hold = .seconds(20) }
        let take = driver.visit { .take($0, worker: "w") }
        driver.advance(by: .seconds(19))
        #expect(driver.replies[take] == nil)
        driver.advance(by: .seconds(1))
        #expect(driver.replies[take] == .nothing)
        #expect(driver.replies[take]?.status == 204)
    }

    @Test func aBatchIsAnArrayOfAtMostTheWantedCount() throws {
        var driver = Driver()
        for id in ["a", "b", "c"] { try driver.submit(id) }
        let batch = driver.visit { .take($0, worker: "w", count: 2) }
        #expect(driver.replies[batch]?.body?.array?.compactMap { $0["id"]?.string } == ["a", "b"])
        let single = driver.visit { .take($0, worker: "w") }
        #expect(driver.replies[single]?.body?["id"] == "c")
    }

    @Test func theWorkerGetsTheClientsFieldsWithTheQueuesId() throws {
        var driver = Driver()
        try driver.submit("a", ["id": "mine", "s3Config": ["bucketName": "b"], "extra": 1.50])
        let visit = driver.visit { .take($0, worker: "w") }
        let body = try #require(driver.replies[visit]?.body)
        #expect(body == ["id": "a", "input": ["prompt": "Hello"], "s3Config": ["bucketName": "b"], "extra": 1.50])
    }

    @Test func aTakeWhoseConnectionDiedGetsNoJob() throws {
        var driver = Driver()
        let dead = driver.visit { .take($0, worker: "dead") }
        let alive = driver.visit { .take($0, worker: "alive") }
        driver.send(.gone(dead))
        try driver.submit("a")
        #expect(driver.replies[dead] == nil)
        #expect(driver.replies[alive]?.jobIDs == ["a"])
    }

    @Test func aHandOutThatFailedGoesToTheFront() throws {
        var driver = Driver()
        for id in ["a", "b", "c"] { try driver.submit(id) }
        let visit = driver.visit { .take($0, worker: "w", count: 2) }
        let reply = try #require(driver.replies[visit])
        driver.send(.undelivered(reply))
        #expect(driver.state("a") == .inQueue)
        #expect(driver.notes == [.handOutFailed(job: "b", worker: "w"), .handOutFailed(job: "a", worker: "w")])
        #expect([driver.take("w2"), driver.take("w2"), driver.take("w2")] == [["a"], ["b"], ["c"]])
        // The failed hand-out is over: word of it must not take the job from its new worker.
        driver.send(.undelivered(reply))
        #expect(driver.report("a")?.worker == "w2")
    }

    @Test func aHandOutThatFailedServesWhoWaitsMeanwhile() throws {
        var driver = Driver()
        try driver.submit("a")
        let failed = driver.visit { .take($0, worker: "w") }
        let waiting = driver.visit { .take($0, worker: "w2") }
        driver.send(.undelivered(try #require(driver.replies[failed])))
        #expect(driver.replies[waiting]?.jobIDs == ["a"])
    }

    // MARK: Results

    @Test(
        arguments: [
            (["output": "x"], JobState.completed, nil),
            ([:], .completed, nil),
            (["output": "x", "error": .null], .completed, nil),
            (["error": "no"], .failed, "no"),
            (["output": "half", "error": "no"], .failed, "no"),
            (["error": ["code": 7]], .failed, "{\"code\":7}"),
        ] as [(JSON.Object, JobState, String?)]
    )
    func anErrorOfAnyKindMakesTheJobFail(body: JSON.Object, state: JobState, error: String?) throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        #expect(driver.done("a", body) == .acknowledged())
        let report = driver.report("a")
        #expect(report?.state == state)
        #expect(report?.error == error)
        #expect(report?.output == body["output"])
    }

    @Test func timesAreInMilliseconds() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.advance(by: .milliseconds(1500))
        driver.take()
        #expect(driver.report("a")?.json["delayTime"] == 1500)
        #expect(driver.report("a")?.json["executionTime"] == nil)
        driver.advance(by: .milliseconds(2750))
        driver.done("a")
        #expect(driver.report("a")?.json["delayTime"] == 1500)
        #expect(driver.report("a")?.json["executionTime"] == 2750)
        #expect(driver.report("a")?.json["workerId"] == "w")
    }

    @Test func progressIsSeenUntilTheResultAndNotAfter() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        driver.done("a", ["status": "IN_PROGRESS", "output": "half"])
        #expect(driver.report("a")?.state == .inProgress)
        #expect(driver.report("a")?.output == "half")
        driver.done("a", ["output": "whole"])
        #expect(driver.done("a", ["status": "IN_PROGRESS", "output": "late"])?.isIgnored == true)
        #expect(driver.report("a")?.output == "whole")
        #expect(driver.report("a")?.state == .completed)
    }

    @Test func progressIsNoOutputOfAJobThatEndsOtherwise() throws {
        var driver = Driver()
        try driver.submit("a")
        try driver.submit("b")
        driver.take("w1", count: 2)
        driver.done("a", ["status": "IN_PROGRESS", "output": "half"], by: "w1")
        driver.done("b", ["status": "IN_PROGRESS", "output": "half"], by: "w1")
        driver.ask { .cancel($0, job: "a") }
        #expect(driver.report("a")?.state == .cancelled)
        #expect(driver.report("a")?.output == nil)
        driver.advance(by: .seconds(3600))
        #expect(driver.report("b")?.state != .inProgress)
        #expect(driver.report("b")?.output == nil)
    }

    @Test func aStrangersResultIsIgnored() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take("w1")
        #expect(driver.done("a", by: "stranger")?.isIgnored == true)
        #expect(driver.state("a") == .inProgress)
    }

    @Test func stopPodIsNoted() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        driver.done("a", ["output": 1, "stopPod": true])
        #expect(driver.notes == [.stopPod(job: "a", worker: "w")])
        #expect(driver.state("a") == .completed)
    }

    // MARK: The stop channel

    @Test func aSecondStopPollReplacesTheFirst() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        let first = driver.visit { .stops($0, worker: "w") }
        let second = driver.visit { .stops($0, worker: "w") }
        #expect(driver.replies[first] == .nothing)
        driver.ask { .cancel($0, job: "a") }
        #expect(driver.replies[second] == .stop(["a"], worker: "w"))
    }

    @Test func aStopThatDidNotGetThroughIsSaidAgain() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        let poll = driver.visit { .stops($0, worker: "w") }
        driver.ask { .cancel($0, job: "a") }
        driver.send(.undelivered(try #require(driver.replies[poll])))
        #expect(driver.stops() == ["a"])
    }

    @Test func aWorkerThatMissedTheWordIsToldAtItsHeartbeat() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        driver.ask { .cancel($0, job: "a") }
        #expect(driver.stops() == ["a"])
        driver.ping(["a"])
        #expect(driver.stops() == ["a"])
        driver.ping([])
        #expect(driver.stops() == [])
    }
}
