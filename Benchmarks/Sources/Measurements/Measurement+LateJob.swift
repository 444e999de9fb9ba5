extension Measurement {
    static func lateJob(quick: Bool) -> Measurement {
        Measurement(
            name: "late-job",
            rounds: quick ? 1 : 3,
            rows: [
                Row(
                    "a job that comes 0.3 s after the last one",
                    unit: "ms",
                    target: .atMost(5),
                    meaning:
                        "from the job's coming to the queue to the arrival of its job-done; the median of a round's "
                        + "jobs. 1 slot, one token, without streaming."
                )
            ]
        ) { subject, bench in
            try bench.onStage(subject) { stage in
                try stage.warmUp()
                var times: [Double] = []
                for _ in 0..<bench.count(10, quick: 5) {
                    pause(for: .milliseconds(300))
                    let came = Instant.now
                    let jobs = try stage.run(1, Assignment())
                    try stage.check(jobs, Assignment())
                    times += jobs.compactMap { stage.exchanges.results[$0]?.milliseconds(since: came) }
                }
                return [try Sample(times).requiredMedian("job")]
            }
        }
    }
}
