extension Measurement {
    static func tinyJobs(quick: Bool) -> Measurement {
        Measurement(
            name: "tiny-jobs",
            rounds: quick ? 1 : 5,
            rows: [
                Row("jobs/s, tiny jobs, 1 slot", unit: "/s", target: .atLeastOfSDK(600), meaning: rate),
                Row(
                    "job-done → next job-take, p50",
                    unit: "ms",
                    target: .atMost(0.3),
                    meaning: "from the arrival of a job-done to the arrival of the first job-take after the one that "
                        + "brought that job; 1 slot, work always waiting. Negative: the next job-take was there first."
                ),
                Row(
                    "job-done → next job-take, p99",
                    unit: "ms",
                    target: .atMost(5),
                    meaning: "the same. Of the SDK's few jobs a round it is the largest."
                ),
                Row(
                    "overhead taken → done, p50",
                    unit: "ms",
                    target: .atMost(0.9),
                    meaning: "from just before the queue writes its answer to a job-take to the arrival of that job's "
                        + "job-done; 1 slot, work always waiting. The exchange with the stub engine is within it."
                ),
                Row("overhead taken → done, p99", unit: "ms", target: .atMost(5), meaning: "the same."),
                Row(
                    "of that in the stub engine, p50",
                    unit: "ms",
                    meaning: "from the engine having read a request to its having written the answer."
                ),
            ]
        ) { subject, bench in
            try bench.onStage(subject) { stage in
                let load = try SteadyLoad(stage, slots: 1, bench)
                let gaps = Sample(load.gaps)
                let overheads = Sample(load.overheads)
                return [
                    load.rate,
                    try gaps.required(50, "gap"), try gaps.required(99, "gap"),
                    try overheads.required(50, "overhead"), try overheads.required(99, "overhead"),
                    try Sample(load.engineTimes).requiredMedian("engine time"),
                ]
            }
        }
    }

    static func tinyJobsIn8Slots(quick: Bool) -> Measurement {
        Measurement(
            name: "tiny-jobs-8",
            rounds: quick ? 1 : 5,
            rows: [Row("jobs/s, tiny jobs, 8 slots", unit: "/s", target: .atLeastOfSDK(160), meaning: rate)]
        ) { subject, bench in
            try bench.onStage(subject, .init(slots: 8)) { stage in
                [try SteadyLoad(stage, slots: 8, bench).rate]
            }
        }
    }

    private static let rate =
        "job-dones that arrived within a window that opens with the first job handed out after a "
        + "warm-up, divided by its length; work is always waiting, each job is one token, without streaming."
}

/// Work without end for a few seconds, and what the queue saw of it.
private struct SteadyLoad {
    let rate: Double
    /// Milliseconds; negative where the next take came first.
    let gaps: [Double]
    let overheads: [Double]
    let engineTimes: [Double]

    init(_ stage: Stage, slots: Int, _ bench: Bench) throws {
        // The SDK does one job a second: a window of whole seconds treats it well.
        let window = Duration.seconds(bench.count(10, quick: 5))
        for _ in 0..<slots { stage.queue.jobs.submit(Assignment()) }
        try stage.wait(for: slots, .done)
        let before = Set(stage.exchanges.of(.take).flatMap(\.jobs))

        stage.queue.jobs.supply(Assignment())
        pause(for: window + .milliseconds(1500))
        stage.queue.jobs.supply(nil)

        let exchanges = stage.exchanges
        let takes = exchanges.of(.take)
            .filter { !$0.jobs.isEmpty && before.isDisjoint(with: $0.jobs) }
            .sorted { $0.arrived < $1.arrived }
        guard let opening = takes.map(\.answered).min() else { throw BenchmarkFailure("no job was taken") }
        let closing = opening + window
        let results = exchanges.results.filter { !before.contains($0.key) && $0.value <= closing }
        try stage.check(Array(results.keys), Assignment())

        rate = Double(results.count) / (window / .seconds(1))
        gaps = zip(takes, takes.dropFirst()).compactMap { take, next in
            take.jobs.first.flatMap { results[$0] }.map { next.arrived.milliseconds(since: $0) }
        }
        let handOuts = exchanges.handOuts
        overheads = results.compactMap { job, done in handOuts[job].map { done.milliseconds(since: $0) } }
        let records = stage.engine.records
        engineTimes = results.keys.compactMap { job in
            records[job].map { $0.finished.milliseconds(since: $0.received) }
        }
    }
}
