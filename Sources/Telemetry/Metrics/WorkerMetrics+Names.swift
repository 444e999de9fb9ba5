// The one place where the names stand. Docs and dashboards quote them: a name that changes breaks somebody's alert.
extension MetricDescription {
    static let starts = MetricDescription(
        "kindling_starts_total",
        "Starts of the engine, by how much had to be done and how they ended.",
        kind: .counter
    )
    static let startTime = MetricDescription(
        "kindling_start_seconds",
        "From the beginning of a start to its first result, without the time in which it waited for work.",
        kind: .durations
    )
    static let startSquares = MetricDescription(
        "kindling_start_squared_seconds_total",
        "Squares of the times in kindling_start_seconds, for their standard deviation.",
        kind: .counter
    )
    static let startShares = MetricDescription(
        "kindling_start_share_seconds_total",
        "Time of starts by the phase that they were waiting for; the phases of a start add up to it.",
        kind: .counter
    )
    static let phaseTime = MetricDescription(
        "kindling_start_phase_seconds",
        "How long each phase of a start took.",
        kind: .durations
    )
    static let loadedBytes = MetricDescription(
        "kindling_load_bytes_total",
        "Bytes of weights that were brought into memory.",
        kind: .counter
    )
    static let loadEfficiency = MetricDescription(
        "kindling_load_efficiency_ratio",
        "The last load: the least time that its storage allows, divided by the time it took.",
        kind: .gauge
    )
    static let jobs = MetricDescription(
        "kindling_jobs_total",
        "Jobs that ended, by outcome: completed, failed, refused for their input, cancelled.",
        kind: .counter
    )
    static let tokens = MetricDescription(
        "kindling_tokens_total",
        "Tokens read (prompt) and written (completion), as the engine counted them.",
        kind: .counter
    )
    static let firstToken = MetricDescription(
        "kindling_time_to_first_token_seconds",
        "From a job's arrival in the worker to the first token of an answer, a start included.",
        kind: .durations
    )
    static let tokenRate = MetricDescription(
        "kindling_tokens_per_second",
        "How fast each answer was written, from its first token to its end.",
        kind: .histogram(bounds: [1, 2, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000, 2000])
    )
    static let queueWait = MetricDescription(
        "kindling_queue_wait_seconds",
        "How long jobs waited in the worker for a slot.",
        kind: .durations
    )
    static let slots = MetricDescription(
        "kindling_slots",
        "Room for jobs, busy and free.",
        kind: .gauge
    )
    static let waiting = MetricDescription(
        "kindling_jobs_waiting",
        "Jobs and requests that were taken in and wait for a slot.",
        kind: .gauge
    )
    static let outbox = MetricDescription(
        "kindling_outbox_results",
        "Results that the queue has not acknowledged yet.",
        kind: .gauge
    )
    static let rejected = MetricDescription(
        "kindling_results_rejected_total",
        "Results that the queue refused for good, or did not take in the time allowed; they are kept in outbox/rejected.",
        kind: .counter
    )
    static let engineRestarts = MetricDescription(
        "kindling_engine_restarts_total",
        "How often the engine had to be started again.",
        kind: .counter
    )
    static let gpuMemory = MetricDescription(
        "kindling_gpu_memory_bytes",
        "Memory of each GPU, used and free.",
        kind: .gauge
    )
    static let gpuUtilisation = MetricDescription(
        "kindling_gpu_utilisation_ratio",
        "How busy each GPU is, from 0 to 1.",
        kind: .gauge
    )
    static let buildInfo = MetricDescription(
        "kindling_build_info",
        "Always 1; the labels say what runs here.",
        kind: .gauge
    )
}

extension WorkerMetrics {
    /// What a registry should know of them: help texts and bounds.
    public static let descriptions: [MetricDescription] = [
        .starts, .startTime, .startSquares, .startShares, .phaseTime, .loadedBytes, .loadEfficiency, .jobs, .tokens,
        .firstToken, .tokenRate,
        .queueWait, .slots, .waiting, .outbox, .rejected, .engineRestarts, .gpuMemory, .gpuUtilisation, .buildInfo,
    ]
}
