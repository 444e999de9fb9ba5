import Support
import Testing

@testable import Jobs

/// Draws the highest value always: waits become their limits.
struct Highest: RandomNumberGenerator {
    mutating func next() -> UInt64 { .max }
}

private let start = ContinuousClock.now

@Suite("outage gate")
struct OutageGateTests {
    private func ticket(_ gate: inout OutageGate, at time: ContinuousClock.Instant) -> OutageGate.Ticket? {
        var generator = Highest()
        guard case .go(let ticket) = gate.admit(at: time, using: &generator) else { return nil }
        return ticket
    }

    @Test("open, it admits everyone; shut, one probe a wait; the first success opens it wide")
    func lifecycle() throws {
        var gate = OutageGate()
        var generator = Highest()
        let first = try #require(ticket(&gate, at: start))
        let second = try #require(ticket(&gate, at: start))
        let wait = try #require(gate.failed(first, retryAfter: nil, at: start, using: &generator))
        #expect(wait == .milliseconds(50))
        #expect(
            gate.failed(second, retryAfter: nil, at: start, using: &generator) == nil,
            "a straggler says nothing new"
        )
        let early = gate.admit(at: start + .milliseconds(49), using: &generator)
        #expect(early == .wait(until: start + .milliseconds(50)))
        #expect(ticket(&gate, at: start + .milliseconds(50)) != nil)
        #expect(ticket(&gate, at: start + .milliseconds(51)) == nil, "one probe at a time")
        let endedTheOutage = gate.succeeded()
        #expect(endedTheOutage)
        #expect(ticket(&gate, at: start + .milliseconds(52)) != nil)
        #expect(ticket(&gate, at: start + .milliseconds(52)) != nil)
        let endedAnother = gate.succeeded()
        #expect(!endedAnother)
    }

    @Test("a queue that takes its time to say no is asked no more often", arguments: [50, 150, 300, 1000])
    func slowRefusals(milliseconds: Int) {
        var gate = OutageGate()
        var generator = SystemRandomNumberGenerator()
        var failing: [(at: ContinuousClock.Instant, ticket: OutageGate.Ticket)] = []
        var requests = 0
        var now = start
        while now < start + .seconds(10) {
            for failure in failing where failure.at <= now {
                _ = gate.failed(failure.ticket, retryAfter: nil, at: now, using: &generator)
            }
            failing.removeAll { $0.at <= now }
            // Two who wait all the time; before the first failure each asks once.
            if requests < 2 || !gate.isOpen, case .go(let ticket) = gate.admit(at: now, using: &generator) {
                requests += 1
                failing.append((now + .milliseconds(milliseconds), ticket))
            }
            now += .milliseconds(1)
        }
        #expect(requests <= 12, "\(requests) requests")
    }

    @Test("a probe that hangs does not keep the next one from going")
    func hangingProbe() throws {
        var gate = OutageGate()
        var generator = Highest()
        let first = try #require(ticket(&gate, at: start))
        _ = gate.failed(first, retryAfter: nil, at: start, using: &generator)
        #expect(ticket(&gate, at: start + .seconds(1)) != nil)
        #expect(ticket(&gate, at: start + .seconds(2)) != nil)
    }

    @Test("the queue's own wait counts when it is longer")
    func retryAfter() throws {
        var gate = OutageGate()
        var generator = Highest()
        let first = try #require(ticket(&gate, at: start))
        #expect(gate.failed(first, retryAfter: .seconds(7), at: start, using: &generator) == .seconds(7))
    }

    @Test("a queue that is dead for ten seconds gets ten requests at most, however many ask", arguments: 0..<200)
    func budget(_: Int) {
        var gate = OutageGate()
        var generator = SystemRandomNumberGenerator()
        var requests = 0
        var now = start
        // Everybody asks every millisecond; each request fails after one more.
        while now < start + .seconds(10) {
            for _ in 0..<16 {
                guard case .go(let ticket) = gate.admit(at: now, using: &generator) else { continue }
                requests += 1
                _ = gate.failed(ticket, retryAfter: nil, at: now + .milliseconds(1), using: &generator)
            }
            now += .milliseconds(1)
        }
        #expect(requests <= 10, "\(requests) requests")
        #expect(requests >= 3)
    }

    @Test(
        "what counts as an outage",
        arguments: [
            (QueueFailure.Kind.unreachable, true, true, true), (.garbage, true, true, false),
            (.status(500), true, true, false), (.status(429), true, true, false), (.status(404), true, false, false),
            (.status(400), true, false, false), (.timedOut, false, true, false), (.cancelled, false, false, false),
        ]
    )
    func classification(kind: QueueFailure.Kind, ofTake: Bool, ofResult: Bool, ofStop: Bool) {
        let failure = QueueFailure(kind, "…")
        #expect(failure.isOutage(of: .take) == ofTake)
        #expect(failure.isOutage(of: .result) == ofResult)
        #expect(failure.isOutage(of: .stop) == ofStop)
    }

    @Test("a 429 without a time waits five seconds")
    func throttled() {
        #expect(QueueFailure(.status(429), "…").requestedWait == .seconds(5))
        #expect(QueueFailure(.status(429), retryAfter: .seconds(2), "…").requestedWait == .seconds(2))
        #expect(QueueFailure(.status(503), "…").requestedWait == nil)
    }
}

@Suite("crash verdict")
struct CrashVerdictTests {
    @Test("a suspect is rerun alone; only a death alone convicts")
    func conviction() {
        var verdict = CrashVerdict()
        #expect(verdict.engineFailed(hasOutput: false) == .rerunAlone)
        #expect(verdict.engineFailed(hasOutput: false) == .convict)
    }

    @Test("an answer that the client has seen part of is never begun again")
    func stream() {
        var verdict = CrashVerdict()
        #expect(verdict.engineFailed(hasOutput: true) == .failStream)
    }
}
