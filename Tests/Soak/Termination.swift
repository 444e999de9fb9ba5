import Glibc
import TestSupport

/// How long a worker takes to go, once it may.
enum Termination {
    /// Milliseconds, sorted: from SIGTERM to the end of an idle worker, or from the last result to the end of a busy one.
    static func samples(_ programs: Programs, rounds: Int, tokens: Int?) throws -> [Double] {
        try (0..<max(rounds, 1)).map { _ in try sample(programs, tokens: tokens) }.sorted()
    }

    private static func sample(_ programs: Programs, tokens: Int?) throws -> Double {
        let stage = try Stage(programs: programs, concurrency: 2, tokenMicroseconds: 20_000)
        defer { stage.end() }
        stage.queue.offer("first", tokens: 1)
        try waitUntil { stage.queue.finishedCount == 1 }
        if let tokens {
            stage.queue.offer("last", tokens: tokens, streams: true)
            try waitUntil { stage.queue.count(.stream) > 0 }
        } else {
            // Its polls are open again: the queue holds both of them.
            usleep(300_000)
        }
        let begin = ContinuousClock.now
        stage.worker.signal(SIGTERM)
        guard stage.worker.waitForEnd() == .exited(0) else { throw SoakFailure(description: "no orderly end") }
        let end = ContinuousClock.now
        let from = tokens == nil ? begin : stage.queue.accounts["last"]?.finished ?? begin
        return from.duration(to: end) / .milliseconds(1)
    }

    private static func waitUntil(_ condition: () -> Bool) throws {
        guard blockUntil(timeout: .seconds(60), condition) else {
            throw SoakFailure(description: "the worker did not come to it")
        }
    }
}
