import JSON
import Testing

@testable import LocalQueue

struct ClientTests {
    // MARK: Waiting

    @Test func runSyncIsAnsweredWhenTheJobIsDone() throws {
        var driver = Driver()
        let submission = try Submission.sample("a")
        let visit = driver.visit { .submit($0, submission, wait: .upTo(nil)) }
        #expect(driver.replies[visit] == nil)
        driver.take()
        driver.done("a", ["output": "x"])
        #expect(driver.replies[visit]?.body?["output"] == "x")
        #expect(driver.replies[visit]?.body?["status"] == "COMPLETED")
    }

    @Test func runSyncIsAnsweredWithTheStateWhenTheWaitIsOver() throws {
        var driver = Driver()
        let submission = try Submission.sample("a")
        let visit = driver.visit { .submit($0, submission, wait: .upTo(.seconds(5))) }
        driver.take()
        driver.advance(by: .seconds(5))
        #expect(driver.replies[visit]?.body == ["id": "a", "status": "IN_PROGRESS"])
        driver.done("a")
        #expect(driver.state("a") == .completed)
    }

    @Test func cancellingAnswersThoseWhoWait() throws {
        var driver = Driver()
        let submission = try Submission.sample("a")
        let visit = driver.visit { .submit($0, submission, wait: .upTo(nil)) }
        let reader = driver.visit { .stream($0, job: "a", wait: .seconds(60)) }
        driver.ask { .cancel($0, job: "a") }
        #expect(driver.replies[visit]?.body?["status"] == "CANCELLED")
        #expect(driver.replies[reader] == .chunks(job: "a", .cancelled, []))
    }

    // MARK: Streams

    @Test func everyChunkIsReadOnceAndInOrder() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        driver.chunk("a", "1")
        driver.chunk("a", "2")
        #expect(driver.ask { .stream($0, job: "a", wait: .zero) }?.outputs == ["1", "2"])
        #expect(driver.ask { .stream($0, job: "a", wait: .zero) }?.outputs == [])
        driver.chunk("a", "3")
        driver.done("a", ["output": []])
        let last = driver.ask { .stream($0, job: "a", wait: .zero) }
        #expect(last?.body == ["status": "COMPLETED", "stream": [["output": "3"]]])
        #expect(
            driver.ask { .stream($0, job: "a", wait: .seconds(60)) }?.body == ["status": "COMPLETED", "stream": []]
        )
    }

    @Test func aWaitingReaderGetsAChunkInTheMomentItComes() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        let reader = driver.visit { .stream($0, job: "a", wait: .seconds(10)) }
        driver.chunk("a", "1")
        #expect(driver.replies[reader]?.outputs == ["1"])
        let next = driver.visit { .stream($0, job: "a", wait: .seconds(10)) }
        driver.advance(by: .seconds(10))
        #expect(driver.replies[next] == .chunks(job: "a", .inProgress, []))
    }

    @Test func chunksThatDidNotGetThroughAreReadAgainInOrder() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        driver.chunk("a", "1")
        driver.chunk("a", "2")
        let lost = driver.visit { .stream($0, job: "a", wait: .zero) }
        driver.chunk("a", "3")
        driver.send(.undelivered(try #require(driver.replies[lost])))
        #expect(driver.ask { .stream($0, job: "a", wait: .zero) }?.outputs == ["1", "2", "3"])
    }

    @Test func aReaderThatLeftTakesNoChunk() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        let gone = driver.visit { .stream($0, job: "a", wait: .seconds(60)) }
        driver.send(.gone(gone))
        driver.chunk("a", "1")
        #expect(driver.replies[gone] == nil)
        #expect(driver.ask { .stream($0, job: "a", wait: .zero) }?.outputs == ["1"])
    }

    // MARK: Keeping results

    @Test(arguments: [(LocalQueue.Wait.no, 30 * 60), (.upTo(nil), 60)])
    func resultsAreKeptForTheirTime(wait: LocalQueue.Wait, seconds: Int) throws {
        var driver = Driver()
        let submission = try Submission.sample("a")
        driver.visit { .submit($0, submission, wait: wait) }
        driver.take()
        driver.done("a")
        driver.advance(by: .seconds(seconds - 1))
        #expect(driver.state("a") == .completed)
        driver.advance(by: .seconds(1))
        #expect(driver.ask { .status($0, job: "a") }?.status == 404)
        #expect(driver.queue.bytes == 0)
    }

    @Test(arguments: [(LocalQueue.Wait.no, 7200, 7200), (.upTo(nil), 7200, 300), (.no, 6, 6)])
    func statusWithTtlKeepsTheResultLongerOrShorter(wait: LocalQueue.Wait, asked: Int, kept: Int) throws {
        var driver = Driver()
        let submission = try Submission.sample("a")
        driver.visit { .submit($0, submission, wait: wait) }
        driver.take()
        driver.done("a")
        driver.ask { .status($0, job: "a", retention: .seconds(asked)) }
        driver.advance(by: .seconds(kept - 1))
        #expect(driver.state("a") == .completed)
        driver.advance(by: .seconds(1))
        #expect(driver.state("a") == nil)
    }

    // MARK: Policies

    @Test func executionTimeoutStopsTheWorkerAndSaysWhy() throws {
        var driver = Driver()
        try driver.submit("a", ["policy": ["executionTimeout": 5000]])
        driver.advance(by: .seconds(60))
        driver.take()
        driver.advance(by: .seconds(4))
        #expect(driver.state("a") == .inProgress)
        driver.advance(by: .seconds(1))
        #expect(driver.state("a") == .timedOut)
        #expect(driver.report("a")?.error?.contains("executionTimeout") == true)
        #expect(driver.stops() == ["a"])
        #expect(driver.health().failed == 1)
    }

    @Test func theDefaultExecutionTimeoutIsTenMinutes() throws {
        var driver = Driver()
        try driver.submit("a")
        driver.take()
        for _ in 0..<59 {
            driver.advance(by: .seconds(10))
            driver.ping(["a"])
        }
        #expect(driver.state("a") == .inProgress)
        driver.advance(by: .seconds(10))
        #expect(driver.state("a") == .timedOut)
    }

    @Test(arguments: [true, false])
    func timeToLiveCountsFromTheSubmission(runs: Bool) throws {
        var driver = Driver()
        try driver.submit("a", ["policy": ["ttl": 15_000]])
        if runs { driver.take() }
        driver.advance(by: .seconds(15))
        #expect(driver.state("a") == .timedOut)
        #expect(driver.report("a")?.error?.contains("ttl") == true)
        #expect(driver.take("w2") == nil)
    }

    @Test(
        arguments: [
            (["input": 5], "\"input\" is a number"),
            (["input": .null], "\"input\" is null"),
            ([:], "\"input\" is missing"),
            (["input": [:], "webhook": 5], "\"webhook\""),
            (["input": [:], "webhook": "ftp://x"], "\"webhook\""),
            (["input": [:], "policy": 5], "\"policy\" is a number"),
            (["input": [:], "policy": ["ttl": "5"]], "\"policy.ttl\""),
            (["input": [:], "policy": ["executionTimeout": 0]], "\"policy.executionTimeout\""),
            (["input": [:], "policy": ["executionTimeout": 604_800_001]], "\"policy.executionTimeout\""),
            (["input": [:], "policy": ["lowPriority": 1]], "\"policy.lowPriority\""),
            ([5], "The body is an array"),
        ] as [(JSON, String)]
    )
    func aBadSubmissionIsRefusedWithTheMembersName(body: JSON, message: String) {
        #expect {
            try Submission(id: "a", body: body, size: 1)
        } throws: { error in
            guard let refusal = error as? Refusal else { return false }
            return refusal.status == 422 && refusal.message.contains(message)
        }
    }

    // MARK: Webhooks

    @Test func aWebhookGetsTheBodyOfStatusAndTwoMoreTries() throws {
        var driver = Driver()
        try driver.submit("a", ["webhook": "http://example.org/hook/a-secret"])
        driver.take()
        driver.done("a", ["output": "x"])
        let report = driver.report("a")?.json
        #expect(driver.posts.map(\.body) == [report])
        for tries in 2...3 {
            driver.send(.webhookAnswered(driver.posts[0].webhook, accepted: false))
            driver.advance(by: .seconds(9))
            #expect(driver.posts.count == tries - 1)
            driver.advance(by: .seconds(1))
            #expect(driver.posts.count == tries)
        }
        driver.send(.webhookAnswered(driver.posts[0].webhook, accepted: false))
        driver.advance(by: .seconds(60))
        #expect(driver.posts.count == 3)
        #expect(driver.notes == [.webhookGivenUp(job: "a", url: "http://example.org")])
        #expect(driver.queue.webhooks.isEmpty)
    }

    @Test func aWebhookThatTookItIsLeftAlone() throws {
        var driver = Driver()
        try driver.submit("a", ["webhook": "https://example.org/hook"])
        driver.ask { .cancel($0, job: "a") }
        #expect(driver.posts.first?.body["status"] == "CANCELLED")
        driver.send(.webhookAnswered(driver.posts[0].webhook, accepted: true))
        driver.advance(by: .seconds(60))
        #expect(driver.posts.count == 1)
    }
}
