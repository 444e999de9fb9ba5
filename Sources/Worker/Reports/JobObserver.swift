/// Who wants to know what became of jobs, for figures. It is told in passing, on whatever task is at work: it must return
/// at once.
public struct JobObserver: Sendable {
    /// A job is over. Its result may still be on its way to the queue.
    public var jobEnded: @Sendable (JobReport) -> Void
    /// An answer is whole; a job of many prompts has many.
    public var generationEnded: @Sendable (GenerationReport) -> Void
    /// How many slots are at work, how many are not, and how many jobs and requests wait for one. Told more often than it
    /// changes.
    public var slotsChanged: @Sendable (_ busy: Int, _ free: Int, _ waiting: Int) -> Void
    /// So many results wait for the queue's acknowledgement.
    public var resultsWaiting: @Sendable (_ count: Int) -> Void
    /// The queue refused a result for good, or its time was over.
    public var resultRejected: @Sendable () -> Void

    /// An observer; left alone, one who does not care.
    public init(
        jobEnded: @escaping @Sendable (JobReport) -> Void = { _ in },
        generationEnded: @escaping @Sendable (GenerationReport) -> Void = { _ in },
        slotsChanged: @escaping @Sendable (_ busy: Int, _ free: Int, _ waiting: Int) -> Void = { _, _, _ in },
        resultsWaiting: @escaping @Sendable (_ count: Int) -> Void = { _ in },
        resultRejected: @escaping @Sendable () -> Void = {}
    ) {
        self.jobEnded = jobEnded
        self.generationEnded = generationEnded
        self.slotsChanged = slotsChanged
        self.resultsWaiting = resultsWaiting
        self.resultRejected = resultRejected
    }
}

/// What became of a job.
public struct JobReport: Sendable, Hashable {
    /// How it ended.
    public enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// With an answer.
        case completed
        /// With an error.
        case failed
        /// Its input was no good; the engine never saw it.
        case refused
        /// Stopped by its client or by the worker's end.
        case cancelled
    }

    /// How it ended.
    public let outcome: Outcome
    /// From its arrival to its slot.
    public let queueWait: Duration
}

extension JobReport {
    init(_ outcome: JobRunner.Outcome, _ timings: JobTimings) {
        self.outcome =
            switch outcome {
            case .answered(let result): result.error == nil ? .completed : .failed
            case .engineGaveUp: .failed
            case .cancelled: .cancelled
            }
        queueWait = timings.taken.duration(to: timings.started)
    }
}
