import JSON
import Jobs
import Support

/// An engine in memory. What it does is in the prompt:
/// "words N" writes N tokens, "hang" never answers, "hold" waits for `release`, "kill" dies at every attempt,
/// "killOnce" at the first, "killAfter N" after N tokens, "giveUp" reports that the engine cannot be kept alive.
final class ScriptedEngine: Engine {
    private struct State {
        var attempts: [String: Int] = [:]
        var running = 0
        var peak = 0
        var aloneViolations = 0
        var pardons = 0
        var closed = 0
        var held: [AsyncThrowingStream<EngineEvent, any Error>.Continuation] = []
        var isShutDown = false
        var readyCalls = 0
        var isCold = false
        var waiters: [CheckedContinuation<Void, Never>] = []
        var progress: [LoadProgress] = []
        var verdict = EngineVerdict.alive
        var checks = 0
        var prompts: [String] = []
        var context: Int?
        var models: [String?] = []
        var failedStarts = 0
        var failure = EngineFailure.Kind.unavailable
        var promptsOnAStreamsThread: [String] = []
    }

    private let state = Lock(State())

    var peak: Int { state.withLock { $0.peak } }
    var pardons: Int { state.withLock { $0.pardons } }
    var closedRequests: Int { state.withLock { $0.closed } }
    var readyCalls: Int { state.withLock { $0.readyCalls } }
    /// The models that were asked for, in order; nil: whichever is the worker's own.
    var models: [String?] { state.withLock { $0.models } }
    var checks: Int { state.withLock { $0.checks } }
    /// The prompts that reached it, in order.
    var prompts: [String] { state.withLock { $0.prompts } }
    /// Those of them whose tasks would run where a client's stream is written.
    var promptsOnAStreamsThread: [String] { state.withLock { $0.promptsOnAStreamsThread } }
    var holding: Int { state.withLock { $0.held.count } }
    func attempts(_ prompt: String) -> Int { state.withLock { $0.attempts[prompt] ?? 0 } }

    /// Answers all requests that hold.
    func release() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for continuation in held { Self.answer(continuation, words: 1) }
    }

    /// Loads from now on until `warm`; each question for the load's progress is answered with the next of these states,
    /// and the last of them again and again.
    func cool(_ progress: LoadProgress...) {
        state.withLock { state in
            state.isCold = true
            state.progress = progress
        }
    }

    /// The load is done.
    func warm() {
        let waiters = state.withLock { state in
            state.isCold = false
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// The memory holds no more than this.
    func holds(context: Int) {
        state.withLock { $0.context = context }
    }

    /// It cannot be started, so many times.
    func failStarts(_ count: Int, as kind: EngineFailure.Kind = .unavailable) {
        state.withLock { ($0.failedStarts, $0.failure) = (count, kind) }
    }

    /// What a check after a restore finds.
    func turnOut(_ verdict: EngineVerdict) {
        state.withLock { $0.verdict = verdict }
    }

    func ensureReady(model: String?) async throws(EngineFailure) -> Readiness {
        state.withLock { state in
            state.readyCalls += 1
            state.models.append(model)
        }
        let failure = state.withLock { state in
            defer { state.failedStarts = max(0, state.failedStarts - 1) }
            return state.failedStarts > 0 ? state.failure : nil
        }
        if let failure { throw EngineFailure(failure, "no engine today") }
        let waits = state.withLock { $0.isCold }
        if waits {
            await withCheckedContinuation { waiter in
                let isWarm = state.withLock { state in
                    if state.isCold { state.waiters.append(waiter) }
                    return !state.isCold
                }
                if isWarm { waiter.resume() }
            }
        }
        return Readiness(model: model ?? "m", waited: waits, context: state.withLock { $0.context })
    }

    func loadProgress() async -> LoadProgress? {
        state.withLock { state in
            state.progress.count > 1 ? state.progress.removeFirst() : state.progress.first
        }
    }

    func verify(deadline: Duration) async -> EngineVerdict {
        state.withLock { state in
            state.checks += 1
            return state.verdict
        }
    }

    func events(of call: EngineCall) async throws(EngineFailure) -> AsyncThrowingStream<EngineEvent, any Error> {
        let prompt = call.body?["prompt"]?.string ?? ""
        let parts = prompt.split(separator: " ").map(String.init)
        let attempt = state.withLock { state in
            state.attempts[prompt, default: 0] += 1
            state.prompts.append(prompt)
            if StreamExecutor.current != nil { state.promptsOnAStreamsThread.append(prompt) }
            state.running += 1
            state.peak = max(state.peak, state.running)
            return state.attempts[prompt] ?? 0
        }
        if parts.first == "giveUp" {
            state.withLock { $0.running -= 1 }
            throw EngineFailure(.gaveUp, "three failures in a row")
        }
        let (stream, continuation) = AsyncThrowingStream<EngineEvent, any Error>.makeStream()
        continuation.onTermination = { [state] reason in
            state.withLock { state in
                state.running -= 1
                if case .cancelled = reason { state.closed += 1 }
            }
        }
        let died = EngineFailure(.died, "the engine died")
        switch parts.first {
        case "hang": break
        case "hold": state.withLock { $0.held.append(continuation) }
        case "kill": continuation.finish(throwing: died)
        case "killOnce" where attempt == 1: continuation.finish(throwing: died)
        case "killAfter":
            for _ in 0..<(Int(parts[1]) ?? 1) { continuation.yield(.object(["response": "w ", "done": false])) }
            // The tokens are on their way before the death is noticed.
            Task {
                try? await Task.sleep(for: .milliseconds(50))
                continuation.finish(throwing: died)
            }
        default: Self.answer(continuation, words: parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        }
        return stream
    }

    func pardonLastFailure() async {
        state.withLock { $0.pardons += 1 }
    }

    func shutdown() async {
        state.withLock { $0.isShutDown = true }
    }

    private static func answer(_ continuation: AsyncThrowingStream<EngineEvent, any Error>.Continuation, words: Int) {
        for word in 0..<words { continuation.yield(.object(["response": .string("w\(word) "), "done": false])) }
        continuation.yield(.object(["response": "", "done": true, "done_reason": "stop"]))
        continuation.finish()
    }
}
