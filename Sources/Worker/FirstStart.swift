public import ColdStart
import JSON
import Support

/// Marks the worker's side of a start on the timeline: polling, the wait for a job, the first token and result.
///
/// The start belongs to the first job that needs the engine; a job refused for its input before that is none of it. A
/// process has one start, and one more for each time that it is resumed from a snapshot.
public final class FirstStart: Sendable {
    private struct State {
        var recorder: StartRecorder
        var kind = StartKind.cold
        var engineStart: Int?
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

    private let state: Lock<State>
    private let recorderOfRestore: @Sendable (ContinuousClock.Instant) -> StartRecorder
    private let onFinish: @Sendable (Timeline) -> Void

    /// - Parameters:
    ///   - recorder: of this process's start
    ///   - boot: the phase that ends when the worker turns to its engine or queue
    ///   - onFinish: gets each start's timeline once its first result has been delivered, or a snapshot ended it
    ///   - recorderOfRestore: makes the recorder of a restored start that began at this time
    public init(
        recorder: StartRecorder,
        boot: PhaseID? = nil,
        onFinish: @escaping @Sendable (Timeline) -> Void = { _ in },
        recorderOfRestore: @escaping @Sendable (ContinuousClock.Instant) -> StartRecorder = {
            StartRecorder(kind: .restored, origin: $0)
        }
    ) {
        self.recorderOfRestore = recorderOfRestore
        self.onFinish = onFinish
        var state = State(recorder: recorder)
        state.boot = boot
        self.state = Lock(state)
    }

    private var recorder: StartRecorder { state.withLock { $0.recorder } }

    /// The timeline so far.
    public var timeline: Timeline { recorder.snapshot() }

    /// Where the engine's start of this number is to be recorded: on the worker's own start, if that has no other engine's
    /// start yet; nil: it is a start by itself, after a crash or for another model.
    public func recorder(ofEngineStart number: Int) -> StartRecorder? {
        state.withLock { state in
            guard !state.isOver, state.engineStart ?? number == number else { return nil }
            state.engineStart = number
            return state.recorder
        }
    }

    /// How much of a start a job had to wait for.
    func kind(for job: String, waited: Bool) -> StartKind {
        let isRestored = state.withLock { $0.job == job && $0.kind == .restored }
        return isRestored ? .restored : waited ? .cold : .warm
    }

    /// The process is up and turns to its work.
    func booted() {
        let (boot, recorder) = state.withLock { state in (state.boot.take(), state.recorder) }
        if let boot { recorder.end(boot) }
    }

    /// Jobs are asked for from now on; until one comes the worker idles.
    func isPolling() {
        state.withLock { state in
            guard state.poll == nil, !state.isOver else { return }
            let poll = state.recorder.begin("queue.poll")
            state.poll = poll
            state.idle = state.recorder.begin("idle", parent: poll)
        }
    }

    /// Records a phase beside the others, and what came of it.
    func phase<Value: Sendable>(
        _ name: String,
        attributes: (Value) -> JSON.Object = { _ in [:] },
        _ body: @Sendable () async -> Value
    ) async -> Value {
        let recorder = recorder
        let phase = recorder.begin(name)
        let value = await body()
        recorder.end(phase, attributes: attributes(value))
        return value
    }

    /// The process was resumed from a snapshot: what comes now is a start of its own, for the next job.
    ///
    /// A start that has its job already, or does not ask for one yet, is not over: it goes on, with the pause in it.
    func resumed(after restore: Restore, at now: ContinuousClock.Instant = .now) {
        let attributes: JSON.Object = ["paused_ms": JSON(restore.paused.milliseconds), "why": .string(restore.why)]
        let resumed = now - restore.noticedWithin
        let frozen = resumed - restore.paused
        let ended: StartRecorder? = state.withLock { state in
            guard state.isOver || (state.job == nil && state.poll != nil) else {
                state.recorder.record("frozen", from: frozen, to: resumed, attributes: attributes)
                return nil
            }
            let old = state
            for phase in [old.idle, old.poll].compactMap(\.self) { old.recorder.end(phase, at: frozen) }
            state = State(recorder: recorderOfRestore(resumed), kind: .restored)
            state.recorder.record("restored.detect", from: resumed, to: now, attributes: attributes)
            return old.isOver ? nil : old.recorder
        }
        guard let ended else { return }
        // It had no job, but an engine may have been started in it: its phases are worth keeping.
        ended.describe(["ended_by": "snapshot"])
        ended.finish(at: frozen)
        onFinish(ended.snapshot())
    }

    /// A job needs the engine. The first to do so is the one that this start is for.
    func engineNeeded(by job: String, takenAt: ContinuousClock.Instant) {
        state.withLock { state in
            guard state.job == nil, !state.isOver else { return }
            state.job = job
            if let idle = state.idle.take() { state.recorder.end(idle, at: takenAt) }
            if let poll = state.poll { state.recorder.end(poll, at: takenAt) }
            state.recorder.end(state.recorder.begin("job.take", at: takenAt))
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
        let recorder: StartRecorder? = state.withLock { state in
            guard state.job == job, !state.isOver else { return nil }
            state.isOver = true
            if let step = state.step.take() { state.recorder.end(step) }
            return state.recorder
        }
        guard let recorder else { return }
        recorder.finish()
        onFinish(recorder.snapshot())
    }

    /// The job's client has left. A start whose engine is still on its way goes on, for the next job that needs it: clients
    /// with a time limit leave the slowest starts, which are those to be explained.
    func abandoned(_ job: String) {
        let goesOn = state.withLock { state in
            guard state.job == job, !state.isOver, state.reached == .none else { return false }
            state.job = nil
            state.idle = state.recorder.begin("idle")
            return true
        }
        if !goesOn { finished(job) }
    }

    private func next(_ step: Step, _ name: String, of job: String) {
        state.withLock { state in
            guard state.job == job, !state.isOver, step.rawValue > state.reached.rawValue else { return }
            state.reached = step
            let now = ContinuousClock.now
            if let step = state.step { state.recorder.end(step, at: now) }
            state.step = state.recorder.begin(name, at: now)
        }
    }
}
