import JSON
import Testing

@testable import LocalQueue

/// Jobs of which nothing is heard. The interval is 10 s, three may be missed.
struct HeartbeatTests {
    private func driver() throws -> Driver {
        var driver = Driver()
        try driver.submit("a")
        driver.ping(by: "w")
        driver.take("w")
        return driver
    }

    @Test func aListedJobStaysWithItsWorker() throws {
        var driver = try driver()
        for _ in 0..<10 {
            driver.advance(by: .seconds(10))
            driver.ping(["a"])
        }
        #expect(driver.report("a")?.worker == "w")
        #expect(driver.health().retried == 0)
    }

    @Test func aJobWhoseWorkerFellSilentGoesToAnother() throws {
        var driver = try driver()
        driver.advance(by: .seconds(29))
        let take = driver.visit { .take($0, worker: "w2") }
        #expect(driver.replies[take] == nil)
        driver.advance(by: .seconds(1))
        #expect(driver.replies[take]?.jobIDs == ["a"])
        #expect(driver.notes == [.lost(job: "a", worker: "w")])
        #expect(driver.health().retried == 1)
        #expect(driver.report("a")?.worker == "w2")
    }

    @Test func aJobThatTheHeartbeatDoesNotListGoesToAnother() throws {
        var driver = try driver()
        for _ in 0..<3 {
            driver.advance(by: .seconds(10))
            driver.ping([])
        }
        #expect(driver.state("a") == .inQueue)
        #expect(driver.take("w2") == ["a"])
    }

    @Test func aLostJobGoesBeforeThoseThatStillWaitForTheFirstTime() throws {
        var driver = try driver()
        try driver.submit("b")
        driver.advance(by: .seconds(30))
        #expect([driver.take("w2"), driver.take("w2")] == [["a"], ["b"]])
    }

    @Test func chunksAndProgressAreSignsOfLife() throws {
        var driver = try driver()
        driver.advance(by: .seconds(20))
        driver.chunk("a", "x")
        driver.advance(by: .seconds(20))
        driver.done("a", ["status": "IN_PROGRESS", "output": 1])
        driver.advance(by: .seconds(20))
        #expect(driver.state("a") == .inProgress)
        driver.advance(by: .seconds(10))
        #expect(driver.state("a") == .inQueue)
    }

    @Test func aWorkerWithoutHeartbeatsIsBelievedWhileItTalksToUs() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take("curl")
        for _ in 0..<10 {
            driver.advance(by: .seconds(20))
            driver.visit { .stops($0, worker: "curl") }
        }
        #expect(driver.report("a")?.worker == "curl")
        driver.advance(by: .seconds(20))
        driver.advance(by: .seconds(30))
        #expect(driver.state("a") == .inQueue)
    }

    @Test(arguments: [false, true])
    func aLateResultOfALostWorkerIsTaken(another: Bool) throws {
        var driver = try driver()
        driver.advance(by: .seconds(30))
        if another { driver.take("w2") }
        #expect(driver.done("a", ["output": "late but whole"]) == .acknowledged())
        #expect(driver.report("a")?.output == "late but whole")
        #expect(driver.report("a")?.worker == "w")
        #expect(driver.take("w3") == nil)
        #expect(driver.stops("w2") == (another ? ["a"] : []))
        if another { #expect(driver.done("a", by: "w2")?.isIgnored == true) }
        #expect(driver.health().completed == 1)
        #expect(driver.health().inProgress == 0)
    }

    @Test func aLostWorkerThatComesBackInTimeKeepsItsJob() throws {
        var driver = try driver()
        driver.advance(by: .seconds(30))
        driver.ping(["a"])
        #expect(driver.report("a")?.worker == "w")
        #expect(driver.notes.last == .foundAgain(job: "a", worker: "w"))
        #expect(driver.take("w2") == nil)
        driver.done("a")
        #expect(driver.state("a") == .completed)
    }

    @Test func aLostWorkerThatComesBackTooLateIsToldToStop() throws {
        var driver = try driver()
        driver.advance(by: .seconds(30))
        driver.take("w2")
        driver.ping(["a"])
        #expect(driver.stops("w") == ["a"])
        // Its text must not mix with the other one's.
        #expect(driver.chunk("a", "x", by: "w")?.isIgnored == true)
        #expect(driver.chunk("a", "x", by: "w2") == .acknowledged())
    }

    @Test func aResultOfARunBeforeTheRetryIsNotTheRetrysResult() throws {
        var driver = try driver()
        driver.advance(by: .seconds(30))
        driver.take("w2")
        driver.done("a", ["error": "no"], by: "w2")
        driver.ask { .retry($0, job: "a") }
        #expect(driver.done("a", ["error": "no"], by: "w")?.isIgnored == true)
        #expect(driver.state("a") == .inQueue)
    }

    @Test func workersAreForgottenWhenNothingIsHeardOfThem() throws {
        var driver = try driver()
        #expect(driver.health().running == 1)
        driver.done("a")
        #expect(driver.health().idle == 1)
        driver.advance(by: .seconds(60))
        #expect(driver.health().idle == 0)
    }

    @Test func anUnfitWorkerIsCountedAndNoted() {
        var driver = Driver()
        driver.ask { .ping($0, worker: "w", jobs: [], unhealthy: "memory: 2 GB") }
        #expect(driver.health().unhealthy == 1)
        #expect(driver.health().idle == 0)
        #expect(driver.notes == [.unhealthy(worker: "w", reason: "memory: 2 GB")])
    }
}
