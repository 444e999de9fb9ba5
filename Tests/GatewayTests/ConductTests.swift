import Testing

@testable import Gateway

/// A peer's conduct as events and what follows, at made-up times.
struct ConductTests {
    private typealias Event = Conduct.Event
    private typealias Action = Conduct.Action

    private static let start = ContinuousClock.now
    private static let broken = WireFailure.malformed("x")

    /// Sends events, one second between each two, and returns what follows from each.
    private static func actions(_ events: [Event], _ conduct: inout Conduct) -> [[Action]] {
        events.enumerated().map { index, event in conduct.handle(event, at: start + .seconds(index)) }
    }

    private static func conduct() -> Conduct {
        Conduct(Gateway.ConnectionLimits(), openedAt: start)
    }

    private static func head(length: Int? = 0, ends: Bool = false, failure: WireFailure? = nil) -> Event {
        var facts = HeadFacts()
        facts.length = length
        facts.endsConnection = ends
        facts.failure = failure
        return .head(facts)
    }

    @Test(
        arguments: [
            // A request, and another one.
            (
                [head(), .requestEnd, .answerBegins, .answerEnds, head()],
                [[.handOn], [.handOn], [.handOn], [.handOn], [.handOn]]
            ),
            // The client said that it is his last: nothing after it is looked at.
            (
                [head(ends: true), .requestEnd, head(), .answerBegins, .answerEnds],
                [[.handOn], [.handOn], [], [.handOnAsLast], [.handOn, .linger]]
            ),
            // Garbage instead of a request.
            ([.failed(broken), head(), .inputClosed], [[.answer(broken, isOpenAI: false), .linger], [], []]),
            (
                [.failed(broken), .outputClosed, .inputClosed],
                [[.answer(broken, isOpenAI: false), .linger], [], [.close]]
            ),
            (
                [.failed(broken), .inputClosed, .outputClosed],
                [[.answer(broken, isOpenAI: false), .linger], [], [.close]]
            ),
            // Garbage after a request that is being worked on: answered in its turn.
            (
                [head(), .requestEnd, .failed(broken), .answerBegins, .answerEnds],
                [[.handOn], [.handOn], [], [.handOn], [.handOn, .answer(broken, isOpenAI: false), .linger]]
            ),
            // Garbage in a body.
            (
                [head(length: 9), .body(3), .failed(broken), .failed(broken)],
                [[.handOn], [.handOn], [.breakRequest, .answer(broken, isOpenAI: false), .linger], []]
            ),
            // The same when the answer has begun, or is over.
            (
                [head(length: 9), .answerBegins, .failed(broken)],
                [[.handOn], [.handOn], [.breakRequest, .close]]
            ),
            (
                [head(length: 9), .answerBegins, .answerEnds, .failed(broken)],
                [[.handOn], [.handOn], [.handOn], [.breakRequest, .close]]
            ),
            // A head that nobody is to see, and its body.
            (
                [head(length: 9, failure: .unknownTransferCoding), .body(9), .requestEnd],
                [[.answer(.unknownTransferCoding, isOpenAI: false), .linger], [], []]
            ),
            // Refused before its body was there: a short rest is read, a long or endless one is not.
            (
                [head(length: 9), .answerBegins, .answerEnds, .body(9), .requestEnd],
                [[.handOn], [.handOn], [.handOn], [.handOn], [.handOn]]
            ),
            ([head(length: 1 << 30), .answerBegins, .answerEnds], [[.handOn], [.handOnAsLast], [.handOn, .linger]]),
            (
                [head(length: nil), .body(5), .answerBegins, .answerEnds],
                [[.handOn], [.handOn], [.handOnAsLast], [.handOn, .linger]]
            ),
        ] as [([Conduct.Event], [[Conduct.Action]])]
    )
    private func eventsHaveConsequences(events: [Event], expected: [[Action]]) {
        var conduct = Self.conduct()
        let actions = Self.actions(events, &conduct)
        #expect(actions == expected)
    }

    @Test(
        arguments: [
            // Events, the deadline in seconds after the beginning, and what it brings.
            ([], 10, [.close]),
            ([.partialHead, .partialHead], 10, [.answer(.slowHead(.seconds(10)), isOpenAI: false), .linger]),
            ([head(), .requestEnd], nil, []),
            ([head(), .requestEnd, .answerBegins, .answerEnds], 123, [.close]),
            // The second head began at 4 s.
            (
                [head(), .requestEnd, .answerBegins, .answerEnds, .partialHead, .partialHead], 14,
                [.answer(.slowHead(.seconds(10)), isOpenAI: false), .linger]
            ),
            // 30 s for any body, and one more for each 1,000 bytes.
            (
                [head(length: 9_000_000), .body(900)], 30,
                [.breakRequest, .answer(.slowBody(pace: 1000), isOpenAI: false), .linger]
            ),
            (
                [head(length: 9_000_000), .body(5000), .body(5000)], 40,
                [.breakRequest, .answer(.slowBody(pace: 1000), isOpenAI: false), .linger]
            ),
            // An answer takes as long as it takes; what comes after it two seconds.
            ([.failed(broken)], nil, []), ([.failed(broken), .outputClosed], 3, [.close]),
        ] as [([Conduct.Event], Int?, [Conduct.Action])]
    )
    private func deadlinesAreKept(events: [Event], seconds: Int?, expected: [Action]) throws {
        var conduct = Self.conduct()
        _ = Self.actions(events, &conduct)
        #expect(conduct.deadline == seconds.map { Self.start + .seconds($0) })
        guard let deadline = conduct.deadline else { return }
        let early = conduct.handle(.tick, at: deadline - .nanoseconds(1))
        #expect(early == [])
        let actions = conduct.handle(.tick, at: deadline)
        #expect(actions == expected)
    }

    /// Whatever a peer does and whenever: no answer within another one, none after the connection's end.
    @Test func randomConductKeepsTheOrder() {
        var random = SplitMix(state: 7)
        for _ in 0..<2000 {
            var conduct = Self.conduct()
            var (owed, isAnswering, isInRequest, isOver) = (0, false, false, false)
            for step in 0..<40 {
                let event: Event
                switch random.next() % 9 {
                case 0, 1: event = isInRequest ? .requestEnd : Self.head(length: random.next() % 2 == 0 ? nil : 100_000)
                case 2: event = isInRequest ? .body(1000) : .partialHead
                case 3, 4: event = isAnswering ? .answerEnds : .answerBegins
                case 5: event = .tick
                case 6: event = random.next() % 6 == 0 ? .failed(Self.broken) : isOver ? .outputClosed : .tick
                default: event = isInRequest ? .body(10) : .partialHead
                }
                if (event == .answerBegins || event == .answerEnds) && (owed == 0 || isOver) { continue }
                let actions = conduct.handle(event, at: Self.start + .seconds(step * 4))
                let answers = actions.filter { if case .answer = $0 { true } else { false } }
                #expect(!isOver || actions.allSatisfy { $0 == .close })
                if actions.contains(.handOn) || actions.contains(.handOnAsLast) {
                    switch event {
                    case .head: (owed, isInRequest) = (owed + 1, true)
                    case .requestEnd: isInRequest = false
                    case .answerBegins: isAnswering = true
                    case .answerEnds: (owed, isAnswering) = (owed - 1, false)
                    default: break
                    }
                }
                if !answers.isEmpty { #expect(!isAnswering && owed <= (isInRequest ? 1 : 0)) }
                if conduct.stage != .open { isOver = true }
            }
            // Nobody stays for ever: idle, reading and lingering connections have a deadline, and only work has none.
            #expect(conduct.deadline != nil || owed > 0 || conduct.stage == .ending)
        }
    }
}

/// The same numbers in every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
