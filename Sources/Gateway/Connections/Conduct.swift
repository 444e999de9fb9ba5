/// How a peer behaves on its connection and what follows from it: events in, actions out, no clock and no socket.
///
/// ```
/// head ─▶ body… ─▶ end        (handed on, unless something is wrong)
///              head ─▶ … end  (the answer, which may begin before the request ends)
/// ```
/// What is wrong with a request is answered in its turn, after the answers to those before it, and ends the
/// connection: what still comes is thrown away, until the answers have gone out and a moment longer.
struct Conduct: Sendable {
    typealias Instant = ContinuousClock.Instant

    enum Event: Sendable, Hashable {
        case head(HeadFacts)
        case body(Int)
        case requestEnd
        /// Bytes came that are no whole head yet.
        case partialHead
        /// The parser gave up.
        case failed(WireFailure)
        case answerBegins
        case answerEnds
        /// A deadline may have passed.
        case tick
        /// The peer sends no more.
        case inputClosed
        /// All that we had to say has left us.
        case outputClosed
    }

    enum Action: Sendable, Hashable {
        /// Hand on what was read, or what is to be written.
        case handOn
        /// The answer's head says that it is the last one.
        case handOnAsLast
        /// Whoever reads the request's body is told that no more comes.
        case breakRequest
        /// Write this answer.
        case answer(WireFailure, isOpenAI: Bool)
        /// End our side, and read on until the peer has ended his or has had his time.
        case linger
        case close
    }

    enum Stage: Sendable, Hashable {
        case open
        /// Our last answer is on its way, however long the peer takes to read it.
        case ending
        /// It is out.
        case lingering(until: Instant)
    }

    private let limits: Gateway.ConnectionLimits
    private(set) var stage = Stage.open

    /// Requests whose answers have not ended.
    private var unanswered = 0
    /// Within a request: since when, and how much of its body there is.
    private var reading: (began: Instant, bytes: Int)?
    private var head = HeadFacts()
    private var isAnswering = false
    /// The answer under way is the last one.
    private var isLast = false
    /// What ends the connection once it is its turn.
    private var failure: WireFailure?

    private var isInputClosed = false
    private var hasBytes = false
    private var headBegan: Instant?
    private var idleSince: Instant

    init(_ limits: Gateway.ConnectionLimits, openedAt now: Instant) {
        self.limits = limits
        headBegan = now
        idleSince = now
    }

    /// Whether the connection can be closed without harm to anybody.
    var isIdle: Bool { unanswered == 0 && stage == .open }

    /// When to send a ``Event/tick``, if nothing else happens before.
    var deadline: Instant? {
        if case .lingering(let until) = stage { return until }
        guard stage == .open, failure == nil else { return nil }
        if let reading { return reading.began + limits.bodyTime + .seconds(reading.bytes / max(1, limits.bodyPace)) }
        if let headBegan { return headBegan + limits.headTime }
        return unanswered == 0 ? idleSince + limits.idleTime : nil
    }

    mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        guard stage == .open else { return handleAtEnd(event, at: now) }
        switch event {
        case .head(let facts): return begin(facts, at: now)
        case .body(let count):
            guard failure == nil else { return [] }
            reading?.bytes += count
            return [.handOn]
        case .requestEnd:
            guard failure == nil else { return [] }
            reading = nil
            return [.handOn]
        case .partialHead:
            // Between two requests no byte comes: what comes now begins a head.
            guard failure == nil, reading == nil else { return [] }
            hasBytes = true
            headBegan = headBegan ?? now
            return []
        case .failed(let failure): return fail(failure)
        case .answerBegins: return beginAnswer()
        case .answerEnds: return endAnswer(at: now)
        case .tick: return tick(at: now)
        case .inputClosed, .outputClosed: return []
        }
    }

    private mutating func handleAtEnd(_ event: Event, at now: Instant) -> [Action] {
        switch (stage, event) {
        case (.ending, .outputClosed):
            stage = .lingering(until: now + limits.lingerTime)
            return isInputClosed ? [.close] : []
        case (.ending, .inputClosed):
            isInputClosed = true
            return []
        case (.lingering(let until), .tick): return now >= until ? [.close] : []
        case (.lingering, .inputClosed): return [.close]
        default: return []
        }
    }

    private mutating func begin(_ facts: HeadFacts, at now: Instant) -> [Action] {
        // After the last request nothing is answered any more, so nothing is done either.
        guard failure == nil, !head.endsConnection else { return [] }
        head = facts
        headBegan = nil
        hasBytes = true
        if let failure = facts.failure { return fail(failure) }
        unanswered += 1
        reading = (now, 0)
        return [.handOn]
    }

    private mutating func fail(_ failure: WireFailure) -> [Action] {
        guard self.failure == nil else { return [] }
        self.failure = failure
        let isBroken = reading != nil
        return (isBroken ? [.breakRequest] : []) + answerFailure()
    }

    /// Answers what is wrong if all before it have been answered.
    private mutating func answerFailure() -> [Action] {
        guard let failure else { return [] }
        let isInRequest = reading != nil
        // The broken request has its answer already, or a part of it, which cannot be taken back.
        if isInRequest, unanswered == (isAnswering ? 1 : 0) { return end(with: [.close]) }
        guard !isAnswering, unanswered == (isInRequest ? 1 : 0) else { return [] }
        return end(with: [.answer(failure, isOpenAI: isInRequest && head.isOpenAI), .linger])
    }

    private mutating func end(with actions: [Action]) -> [Action] {
        stage = .ending
        return actions
    }

    private mutating func beginAnswer() -> [Action] {
        isAnswering = true
        // An answer before the end of its request: what is left of the body is read and thrown away if that is soon
        // done. Somebody who sends 5 GB, or without end, is not listened to.
        let isUnread =
            reading.map { reading in head.length.map { $0 - reading.bytes > Self.patience } ?? true } ?? false
        isLast = unanswered == 1 && (isUnread || head.endsConnection)
        return [isLast ? .handOnAsLast : .handOn]
    }

    private mutating func endAnswer(at now: Instant) -> [Action] {
        isAnswering = false
        unanswered -= 1
        idleSince = now
        if isLast { return end(with: [.handOn, .linger]) }
        return [.handOn] + answerFailure()
    }

    private mutating func tick(at now: Instant) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        if reading != nil { return fail(.slowBody(pace: limits.bodyPace)) }
        // Browsers open connections ahead of time, and would take an answer to nothing for the one to their next
        // request.
        guard headBegan != nil, hasBytes else { return end(with: [.close]) }
        return fail(.slowHead(limits.headTime))
    }

    /// Bytes of a refused body that are read nevertheless, to keep the connection.
    private static let patience = 64 << 10
}
