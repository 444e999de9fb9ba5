public import ColdStart
import JSON
import Support

/// Where the starts of an engine are recorded. The worker hands in the recorder of its own boot for the first one; a
/// later start (after a crash, for another model) is a timeline of its own.
public struct StartLog: Sendable {
    /// The recorder for a start: 1 for the first, and so on.
    public var recorder: @Sendable (_ start: Int) -> StartRecorder
    /// A start is over: its number, its recorder, and the error if it failed.
    public var finished: @Sendable (_ start: Int, _ recorder: StartRecorder, _ error: String?) -> Void

    /// A log; left alone, one that nobody reads.
    public init(
        recorder: @escaping @Sendable (_ start: Int) -> StartRecorder = { _ in StartRecorder() },
        finished: @escaping @Sendable (_ start: Int, _ recorder: StartRecorder, _ error: String?) -> Void = { _, _, _ in
        }
    ) {
        self.recorder = recorder
        self.finished = finished
    }
}

/// One start on its way into a recorder. Marks come from the thread that reads the engine's output, steps from the
/// supervisor.
final class StartTimeline: Sendable {
    private struct State {
        var phases: StartPhases
        var open: [String: PhaseID] = [:]
    }

    let number: Int
    let recorder: StartRecorder
    private let state: Lock<State>

    init(_ number: Int, _ recorder: StartRecorder) {
        self.number = number
        self.recorder = recorder
        state = Lock(State(phases: StartPhases()))
    }

    /// What is known of the model, or decided about its load.
    func addToLoad(_ attributes: JSON.Object) {
        state.withLock { $0.phases.addToLoad(attributes) }
    }

    /// The runner need not find out what fits.
    func skipFit() {
        state.withLock { $0.phases.fits = false }
    }

    /// What it is doing, in the words of the timeline.
    var step: String? { state.withLock { $0.phases.step?.name } }

    /// What is known of the load so far.
    var load: JSON.Object { state.withLock { $0.phases.loadAttributes } }

    /// What the whole start is called by: model, version, device.
    var facts: JSON.Object { state.withLock { $0.phases.facts } }

    func take(_ mark: LogMark, at instant: ContinuousClock.Instant) {
        apply(at: instant) { $0.take(mark) }
    }

    func enter(_ step: StartPhases.Step, at instant: ContinuousClock.Instant = .now) {
        apply(at: instant) { $0.enter(step) }
    }

    func finish(error: String?) {
        apply(at: .now) { $0.finish(error: error) }
    }

    /// The recorder is told under the lock, or two threads' phases could end in another order than they began.
    private func apply(
        at instant: ContinuousClock.Instant,
        _ change: @Sendable (inout StartPhases) -> [StartPhases.Change]
    ) {
        state.withLock { state in
            for change in change(&state.phases) {
                switch change {
                case .begin(let name, let parent):
                    state.open[name] = recorder.begin(name, parent: parent.flatMap { state.open[$0] }, at: instant)
                case .end(let name, let attributes):
                    guard let id = state.open.removeValue(forKey: name) else { continue }
                    recorder.end(id, at: instant, attributes: attributes)
                }
            }
        }
    }
}

/// The start that is recorded now, if one is.
final class CurrentTimeline: Sendable {
    private let timeline = Lock<StartTimeline?>(nil)

    var current: StartTimeline? { timeline.withLock { $0 } }

    /// Returns what was there before.
    @discardableResult
    func replace(with next: StartTimeline?) -> StartTimeline? {
        timeline.withLock { timeline in
            defer { timeline = next }
            return timeline
        }
    }

    func enter(_ step: StartPhases.Step) {
        current?.enter(step)
    }
}
