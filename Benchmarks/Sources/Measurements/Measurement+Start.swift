extension Measurement {
    static func start(quick: Bool) -> Measurement {
        Measurement(
            name: "start",
            rounds: quick ? 4 : 15,
            rows: [
                Row(
                    "exec → first job-take",
                    unit: "ms",
                    target: .atMostOfSDK(0.01),
                    meaning: "from just before `posix_spawn` of the worker to the arrival of its first job-take. "
                        + "Neither has an engine to start yet: the SDK's handler starts none, ours starts lazily."
                )
            ]
        ) { subject, bench in
            try bench.onStage(subject) { stage in
                // The poll is held, so it is found in the log only at the end; the job makes it end.
                stage.queue.jobs.submit(Assignment())
                try stage.wait(for: 1, .take)
                guard let first = stage.exchanges.of(.take).map(\.arrived).min() else { return [] }
                return [first.milliseconds(since: stage.worker.started)]
            }
        }
    }
}
