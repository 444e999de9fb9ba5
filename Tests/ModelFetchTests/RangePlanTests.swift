import Support
import Testing

@testable import ModelFetch

@Suite struct RangePlanTests {
    @Test func theLowestBytesGoFirst() {
        var plan = RangePlan(size: 25)
        #expect(plan.claim(upTo: 10) == 0..<10)
        #expect(plan.claim(upTo: 10) == 10..<20)
        #expect(plan.claim(upTo: 10) == 20..<25)
        #expect(plan.claim(upTo: 10) == nil)
        plan.finish(10..<20)
        #expect(plan.front == 0)
        plan.finish(0..<10)
        #expect(plan.front == 20)
        plan.finish(20..<25)
        #expect(plan.isComplete)
    }

    @Test func whatIsReleasedIsClaimedAgain() {
        var plan = RangePlan(size: 30)
        _ = plan.claim(upTo: 10)
        _ = plan.claim(upTo: 10)
        plan.finish(0..<4)
        plan.release(4..<10)
        #expect(plan.claim(upTo: 10) == 4..<10)
        #expect(plan.claim(upTo: 10) == 20..<30)
    }

    @Test func whatIsThereIsNotAskedForAgain() {
        var plan = RangePlan(size: 30, finished: RangeSet([0..<5, 8..<10, 25..<99]))
        #expect(plan.count == 12)
        #expect(plan.front == 5)
        #expect(plan.claim(upTo: 10) == 5..<8)
        #expect(plan.claim(upTo: 10) == 10..<20)
        #expect(plan.claim(upTo: 10) == 20..<25)
        #expect(plan.claim(upTo: 10) == nil)
    }

    @Test func anEmptyBlobIsCompleteAtOnce() {
        var plan = RangePlan(size: 0)
        #expect(plan.isComplete)
        #expect(plan.claim(upTo: 10) == nil)
    }

    @Test(arguments: 0..<20) func anyOrderOfPiecesFillsTheBlobOnce(seed: Int) {
        var generator = Dice(state: UInt64(seed + 1))
        var plan = RangePlan(size: 1000)
        var open: [Range<Int>] = []
        var written = 0
        while !plan.isComplete {
            if open.count < 8, let range = plan.claim(upTo: 37) { open.append(range) }
            guard let index = open.indices.randomElement(using: &generator) else { break }
            let range = open.remove(at: index)
            let cut = Int.random(in: range.lowerBound...range.upperBound, using: &generator)
            plan.finish(range.lowerBound..<cut)
            plan.release(cut..<range.upperBound)
            written += cut - range.lowerBound
        }
        #expect(written == 1000)
    }
}

/// Repeatable chance.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}

@Suite struct ResumeRecordTests {
    @Test func aRecordComesBackAsItWas() {
        let record = ResumeRecord(size: 100, validator: "\"abc\"", finished: RangeSet([0..<10, 20..<30]))
        #expect(ResumeRecord(record.bytes) == record)
    }

    @Test(arguments: [
        "", "null", "{}", #"{"version":2,"size":10,"finished":[]}"#, #"{"version":1,"size":-1,"finished":[]}"#,
        #"{"version":1,"size":10,"finished":[[0,11]]}"#, #"{"version":1,"size":10,"finished":[[5,4]]}"#,
        #"{"version":1,"size":10,"finished":[[-5,4]]}"#, #"{"version":1,"size":10,"finished":[[0]]}"#,
        #"{"version":1,"size":10,"finished":[[0,1e300]]}"#, #"{"version":1,"size":10,"finished":{"#,
    ]) func aDamagedRecordIsNone(text: String) {
        #expect(ResumeRecord(Array(text.utf8)) == nil)
    }
}

@Suite struct RetryBudgetTests {
    @Test func failuresInARowEndIt() {
        var (budget, generator) = (RetryBudget(limit: 3, backoff: Backoff()), SystemRandomNumberGenerator())
        for _ in 0..<2 {
            guard case .waitAndTryAgain = budget.failed(progress: 5, using: &generator) else {
                Issue.record("gave up early")
                return
            }
        }
        #expect(budget.failed(progress: 5, using: &generator) == .giveUp(attempts: 3))
    }

    @Test func progressOnAnyConnectionStartsTheCountAgain() {
        var (budget, generator) = (RetryBudget(limit: 3, backoff: Backoff()), SystemRandomNumberGenerator())
        for progress in 0..<50 {
            #expect(budget.failed(progress: progress, using: &generator) != .giveUp(attempts: 3))
        }
    }

    @Test func theServersWishIsTheLeastWait() {
        var (budget, generator) = (RetryBudget(limit: 3, backoff: Backoff()), SystemRandomNumberGenerator())
        let verdict = budget.failed(progress: 0, retryAfter: .seconds(7), using: &generator)
        #expect(verdict == .waitAndTryAgain(.seconds(7)))
    }
}
