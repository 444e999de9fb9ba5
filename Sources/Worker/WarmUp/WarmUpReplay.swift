import ColdStart
import JSON
import Jobs
import Logging
import Support

/// Runs the warm-up file's jobs through the engine: once, one after the other, for nobody's answer.
///
/// An eager worker does it before it asks for jobs. With a lazy one the first job triggers it, when the model is in
/// memory, and all jobs of that moment wait for it.
final class WarmUpReplay: Sendable {
    /// How it went.
    struct Outcome: Sendable {
        var count = 0
        var failures = 0
    }

    private let file: WarmUpFile
    private let run: @Sendable (Job, Logger) async -> JobRunner.Outcome
    private let replay = Lock<Task<Void, Never>?>(nil)

    /// - Parameter run: runs one job, without a queue and without a trace on the start's timeline
    init(_ file: WarmUpFile, run: @escaping @Sendable (Job, Logger) async -> JobRunner.Outcome) {
        self.file = file
        self.run = run
    }

    /// Returns when the jobs have been run. The first caller triggers them; one that is cancelled stops waiting.
    func finished(on start: FirstStart, logger: Logger) async {
        let task = replay.withLock { replay in
            // For all, whoever came first.
            let task = replay ?? StreamExecutor.$current.withValue(nil) { Task { await self.all(on: start, logger) } }
            replay = task
            return task
        }
        // Reading ends with the stream or with the reader's task.
        let (waiting, done) = AsyncStream<Void>.makeStream()
        let signal = Task {
            await task.value
            done.finish()
        }
        for await _ in waiting {}
        signal.cancel()
    }

    /// Ends it: the worker does.
    func cancel() {
        replay.withLock { $0 }?.cancel()
    }

    private func all(on start: FirstStart, _ logger: Logger) async {
        let attributes: (Outcome) -> JSON.Object = { ["count": JSON($0.count), "failures": JSON($0.failures)] }
        let outcome = await start.phase("warmup.file", attributes: attributes) { await play(logger) }
        guard !Task.isCancelled else { return }
        logger.info("warmed up with \(outcome.count) jobs, \(outcome.failures) of which failed")
    }

    private func play(_ logger: Logger) async -> Outcome {
        var outcome = Outcome()
        for line in file.lines where !Task.isCancelled {
            outcome.count += 1
            // Their own lines would look like clients' jobs.
            var quiet = logger
            quiet.logLevel = max(logger.logLevel, .warning)
            switch await run(Job(id: "warmup-\(line.number)", input: line.input), quiet) {
            case .answered(let result):
                guard let error = result.error else { continue }
                outcome.failures += 1
                logger.warning("line \(line.number) of the warm-up file failed: \(error)")
            case .engineGaveUp, .cancelled:
                outcome.failures += 1
                return outcome
            }
        }
        return outcome
    }
}
