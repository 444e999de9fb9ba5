import JSON
import Testing

@testable import LocalQueue

/// Thousands of random events; after each one the books must balance.
struct RandomWalkTests {
    @Test(arguments: 0..<20 as Range<UInt64>)
    func theBooksBalanceWhateverHappens(seed: UInt64) throws {
        var random = Generator(state: seed)
        var driver = Driver {
            $0.maximumFinished = 8
            $0.maximumBytes = 2000
            $0.heartbeatInterval = .seconds(1)
        }
        var answered: [LocalQueue.VisitID: Int] = [:]
        var asked: Set<LocalQueue.VisitID> = []
        var gone: Set<LocalQueue.VisitID> = []
        for step in 1...3000 {
            let event = try randomEvent(step, &random, driver)
            if let visit = event.visit { asked.insert(visit) }
            if case .gone(let visit) = event, driver.replies[visit] == nil { gone.insert(visit) }
            var actions = driver.send(event)
            if Int.random(in: 0..<4, using: &random) == 0 {
                actions += driver.advance(by: .milliseconds(Int.random(in: 0...2500, using: &random)))
            }
            for case .reply(let visit, _) in actions { answered[visit, default: 0] += 1 }
            checkBooks(driver.queue)
        }
        // What is left times out in the first hour and is forgotten in the second; workers leave in between.
        var last = driver.send(.close)
        for _ in 1...3 { last += driver.advance(by: .seconds(3600)) }
        for case .reply(let visit, _) in last { answered[visit, default: 0] += 1 }

        #expect(answered.values.allSatisfy { $0 == 1 })
        #expect(Set(answered.keys) == asked.subtracting(gone))
        #expect(driver.queue.jobs.isEmpty)
        #expect(driver.queue.workers.isEmpty)
        #expect(driver.queue.visits.isEmpty)
        #expect(driver.queue.bytes == 0)
        #expect(driver.queue.deadlines.next() == nil)
    }

    private func checkBooks(_ queue: LocalQueue) {
        let jobs = queue.jobs.values
        #expect(queue.bytes == jobs.reduce(0) { $0 + $1.bytes })
        #expect(queue.waiting.count == jobs.count { $0.state == .inQueue })
        #expect(queue.finished.count == jobs.count { $0.state.isFinal })
        #expect(queue.totals.inProgress == jobs.count { $0.state == .inProgress })
        #expect(queue.polls.count == queue.visits.values.count { if case .take = $0 { true } else { false } })
        #expect(queue.waiting.isEmpty || queue.polls.isEmpty)
        for job in jobs where job.state == .inProgress {
            #expect(queue.workers[job.worker ?? ""]?.jobs.contains(job.id) == true)
        }
    }

    private func randomEvent(_ step: Int, _ random: inout Generator, _ driver: Driver) throws -> LocalQueue.Event {
        let job = "j\(Int.random(in: 0..<12, using: &random))"
        let worker = "w\(Int.random(in: 0..<3, using: &random))"
        switch Int.random(in: 0..<18, using: &random) {
        case 0, 1:
            let policy: JSON = ["ttl": 9000, "executionTimeout": 5000]
            let submission = try Submission.sample(job, ["policy": policy, "webhook": "http://x"], size: 50)
            return .submit(step, submission, wait: Bool.random(using: &random) ? .no : .upTo(.seconds(2)))
        case 2, 3, 4: return .take(step, worker: worker, count: [nil, 1, 3].randomElement(using: &random) ?? nil)
        case 5: return .stops(step, worker: worker)
        case 6, 7: return .chunk(step, worker: worker, job: job, output: "x", size: 20)
        case 8: return .done(step, worker: worker, job: job, body: ["error": "x"], size: 30)
        case 9: return .done(step, worker: worker, job: job, body: ["output": "x"], size: 30)
        case 10: return .done(step, worker: worker, job: job, body: ["status": "IN_PROGRESS", "output": 1], size: 5)
        case 11: return .ping(step, worker: worker, jobs: [job, "j1", "j2"])
        case 12: return .cancel(step, job: job)
        case 13: return .retry(step, job: job)
        case 14: return .status(step, job: job, wait: .seconds(1), retention: .seconds(4))
        case 15: return .stream(step, job: job, wait: .seconds(1))
        case 16: return .gone(Int.random(in: 1...step, using: &random))
        default:
            let reply = driver.replies.randomElement(using: &random)?.value ?? .nothing
            return Int.random(in: 0..<9, using: &random) == 0 ? .purge(step) : .undelivered(reply)
        }
    }
}

/// SplitMix64: the same walk for the same seed.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension LocalQueue.Event {
    var visit: LocalQueue.VisitID? {
        switch self {
        case .submit(let visit, _, _), .status(let visit, _, _, _), .stream(let visit, _, _), .cancel(let visit, _),
            .retry(let visit, _), .purge(let visit), .health(let visit), .take(let visit, _, _), .stops(let visit, _),
            .chunk(let visit, _, _, _, _), .done(let visit, _, _, _, _), .ping(let visit, _, _, _):
            visit
        case .gone, .undelivered, .webhookAnswered, .tick, .beginClosing, .close: nil
        }
    }
}
