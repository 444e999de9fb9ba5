import JSON
import Testing

@testable import LocalQueue

struct LimitTests {
    @Test func aFullQueueRefusesWith429AndSaysWhatToDo() throws {
        var driver = Driver { $0.maximumWaiting = 2 }
        try driver.submit("a")
        try driver.submit("b")
        let refusal = try driver.submit("c")?.refusal
        #expect(refusal?.status == 429)
        #expect(refusal?.retryAfter != nil)
        #expect(refusal?.message.contains("/purge-queue") == true)
        driver.take()
        #expect(try driver.submit("c")?.status == 200)
    }

    @Test func finishedJobsMakeRoomForNewOnesOldestFirst() throws {
        var driver = Driver { $0.maximumFinished = 2 }
        for id in ["a", "b", "c"] {
            try driver.submit(id)
            driver.take()
            driver.done(id)
        }
        #expect([driver.state("a"), driver.state("b"), driver.state("c")] == [nil, .completed, .completed])
    }

    @Test func bytesAreBoundedByDroppingResultsAndThenByRefusing() throws {
        var driver = Driver { $0.maximumBytes = 1000 }
        try driver.submit("a", size: 400)
        driver.take()
        driver.ask { .done($0, worker: "w", job: "a", body: ["output": 1], size: 900) }
        #expect(driver.state("a") == .completed)
        try driver.submit("b", size: 600)
        #expect(driver.state("a") == nil)
        #expect(try driver.submit("c", size: 600)?.status == 429)
        #expect(driver.state("b") == .inQueue)
        #expect(driver.queue.bytes == 600)
    }

    @Test func aStreamThatNobodyReadsIsBounded() throws {
        var driver = Driver { $0.maximumUnreadBytes = 25 }
        try driver.submit("a")
        driver.take()
        #expect(
            [driver.chunk("a", "1"), driver.chunk("a", "2"), driver.chunk("a", "3")].map { $0?.status } == [
                200, 200, 413,
            ]
        )
        driver.ask { .stream($0, job: "a", wait: .zero) }
        #expect(driver.chunk("a", "3")?.status == 200)
    }

    @Test func aClosingQueueAnswersTakesAndGoesOnHoldingAllElse() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take("w1")
        try driver.submit("failed")
        driver.take("w1")
        driver.done("failed", ["error": "no"], by: "w1")
        let take = driver.visit { .take($0, worker: "w2") }
        let batch = driver.visit { .take($0, worker: "w3", count: 2) }
        let stop = driver.visit { .stops($0, worker: "w1") }
        let reader = driver.visit { .stream($0, job: "a", wait: .seconds(9)) }
        let watcher = driver.visit { .status($0, job: "a", wait: .seconds(9)) }
        driver.send(.beginClosing)
        #expect(driver.replies[take] == .nothing)
        #expect(driver.replies[batch] == .nothing)
        #expect(driver.queue.polls.isEmpty)
        for held in [stop, reader, watcher] { #expect(driver.replies[held] == nil) }

        #expect(try driver.submit("b")?.status == 503)
        #expect(driver.ask { .retry($0, job: "failed") }?.status == 503)
        #expect(driver.ask { .take($0, worker: "w2") } == .nothing)
        driver.chunk("a", "x", by: "w1")
        #expect(driver.replies[reader]?.outputs == ["x"])
        driver.done("a", by: "w1")
        #expect(driver.replies[watcher]?.status == 200)
        #expect(driver.state("a") == .completed)

        driver.send(.close)
        #expect(driver.replies[stop] == .nothing)
        driver.send(.beginClosing)
        #expect(driver.queue.stage == .closed)
    }

    /// A job whose hand-out fails, or whose worker is lost, while the queue closes goes to nobody.
    @Test func aClosingQueueHandsOutNothingThatComesBack() throws {
        var driver = Driver()
        try driver.submit("a")
        let reply = try #require(driver.ask { .take($0, worker: "w1") })
        let take = driver.visit { .take($0, worker: "w2") }
        driver.send(.beginClosing)
        driver.send(.undelivered(reply))
        #expect(driver.replies[take] == .nothing)
        #expect(driver.state("a") == .inQueue)
        #expect(driver.ask { .take($0, worker: "w2") } == .nothing)
    }

    @Test func aClosedQueueAnswersEverybodyAndRefusesTheRest() throws {
        var driver = Driver()
        let submission = try Submission.sample("a")
        let take = driver.visit { .take($0, worker: "w2") }
        let stop = driver.visit { .stops($0, worker: "w2") }
        try driver.submit("b")
        let sync = driver.visit { .submit($0, submission, wait: .upTo(nil)) }
        let reader = driver.visit { .stream($0, job: "a", wait: .seconds(9)) }
        driver.send(.close)
        #expect(driver.replies[take]?.jobIDs == ["b"])
        #expect(driver.replies[stop] == .nothing)
        #expect(driver.replies[sync]?.status == 503)
        #expect(driver.replies[reader]?.status == 503)
        #expect(driver.take("w3") == nil)
        #expect(driver.ask { .take($0, worker: "w3") } == .nothing)
        #expect(try driver.submit("c")?.status == 503)
        // What a worker still brings is taken in.
        #expect(driver.done("b", by: "w2") == .acknowledged())
    }

    /// Ten thousand waiting jobs, cancelled and taken in the middle of it all: counts prove that nothing is scanned.
    @Test func tenThousandWaitingJobsLeaveNothingBehind() throws {
        var driver = Driver()
        for number in 0..<10_000 { try driver.submit("job-\(number)") }
        for number in stride(from: 0, to: 10_000, by: 2) { driver.ask { .cancel($0, job: "job-\(number)") } }
        var taken = 0
        while let ids = driver.take("w", count: 100) {
            taken += ids.count
            for id in ids { driver.done(id) }
        }
        #expect(taken == 5000)
        #expect(driver.health().inQueue == 0)
        driver.advance(by: .seconds(3600))
        #expect(driver.queue.jobs.isEmpty)
        #expect(driver.queue.bytes == 0)
    }
}
