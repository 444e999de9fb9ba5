public import ColdStart
import JSON
import Support

/// Marks the worker's side of its first start on the timeline: polling, the wait for a job, the first token and result.
///
/// The start belongs to the first job that needs the engine; a job refused for its input before that is none of it.
public final class FirstStart: Sendable {
    private struct State {
        var job: String?
        var boot: PhaseID?
        var poll: PhaseID?
        var idle: PhaseID?
        var step: PhaseID?
        var reached = Step.none
        var isOver = false
    }

    /// In their order; a job of many prompts comes by some of them more than once.
    private enum Step: Int {
        case none, ready, token, answer
    }

    private let recorder: StartRecorder
    private let state = Lock(State())
    private let onFinish: @Sendable (Timeline) -> Void

    /// - Parameters:
    ///   - recorder: of this process's start
    ///   - boot: the phase that ends when the worker turns to its engine or queue
    ///   - onFinish: gets the timeline once the first result has been delivered
    public init(
        recorder: StartRecorder,
        boot: PhaseID? = nil,
        onFinish: @escaping @Sendable (Timeline) -> Void = { _ in }
    ) {
        self.recorder = recorder
        self.onFinish = onFinish
        state.withLock { $0.boot = boot }
    }

    /// The timeline so far.
    public var timeline: Timeline { recorder.snapshot() }

    /// The process is up and turns to its work.
    func booted() {
        guard let boot = state.withLock({ $0.boot.take() }) else { return }
        recorder.end(boot)
    }

    /// Jobs are asked for from now on; until one comes the worker idles.
    func isPolling() {
        state.withLock { state in
            guard state.poll == nil, !state.isOver else { return }
            let poll = recorder.begin("queue.poll")
            state.poll = poll
            state.idle = recorder.begin("idle", parent: poll)
        }
    }

    /// A job needs the engine. The first to do so is the one that this start is for.
    func engineNeeded(by job: String, takenAt: ContinuousClock.Instant) {
        state.withLock { state in
            guard state.job == nil, !state.isOver else { return }
            state.job = job
            if let idle = state.idle.take() { recorder.end(idle, at: takenAt) }
            if let poll = state.poll { recorder.end(poll, at: takenAt) }
            recorder.end(recorder.begin("job.take", at: takenAt))
        }
    }

    /// The engine has the model in memory; now the prompt is read.
    func engineReady(for job: String) {
        next(.ready, "first_token", of: job)
    }

    /// The first token came; now the answer is written.
    func firstToken(of job: String) {
        next(.token, "first_result", of: job)
    }

    /// The answer is whole; now it goes to the queue.
    func answered(_ job: String) {
        next(.answer, "job.done", of: job)
    }

    /// The job is over: delivered, failed or stopped.
    func finished(_ job: String) {
        let isOurs = state.withLock { state in
            guard state.job == job, !state.isOver else { return false }
            state.isOver = true
            if let step = state.step.take() { recorder.end(step) }
            return true
        }
        guard isOurs else { return }
        recorder.finish()
        onFinish(recorder.snapshot())
    }

    private func next(_ step: Step, _ name: String, of job: String) {
        state.withLock { state in
            guard state.job == job, !state.isOver, step.rawValue > state.reached.rawValue else { return }
            state.reached = step
            let now = ContinuousClock.now
            if let step = state.step { recorder.end(step, at: now) }
            state.step = recorder.begin(name, at: now)
        }
    }
}
