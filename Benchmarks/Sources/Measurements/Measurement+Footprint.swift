import Glibc

extension Measurement {
    static func idle(quick: Bool) -> Measurement {
        let seconds = quick ? 20 : 30
        return Measurement(
            name: "idle",
            rounds: quick ? 1 : 3,
            rows: [
                Row(
                    "idle memory, RSS",
                    unit: "MB",
                    target: .atMost(28),
                    meaning:
                        "of all the worker's processes in sum, after a first job and \(seconds + 3) s of held polls."
                ),
                Row(
                    "idle memory, PSS",
                    unit: "MB",
                    meaning: "the same, with pages that processes share counted once."
                ),
                Row(
                    "idle CPU",
                    unit: "%",
                    target: .atMost(0.2),
                    meaning: "processor time of all the worker's processes over \(seconds) s of held polls, heartbeats "
                        + "every 10 s included; 100 % is one core."
                ),
            ]
        ) { subject, bench in
            try bench.onStage(subject) { stage in
                try stage.warmUp()
                pause(for: .seconds(3))
                let before = ProcessTree(root: stage.worker.pid)
                let (begin, used) = (Instant.now, before.processorTime)
                pause(for: .seconds(seconds))
                let share = (before.processorTime - used) / begin.duration(to: .now)
                let memory = ProcessTree(root: stage.worker.pid).memory
                guard memory.resident > 0, !stage.worker.hasEnded else {
                    throw BenchmarkFailure("the worker ended by itself")
                }
                return [Double(memory.resident) / 1e6, Double(memory.proportional) / 1e6, share * 100]
            }
        }
    }

    static let size = Measurement(
        name: "size",
        rounds: 1,
        subjects: [.kindling],
        rows: [
            Row(
                "binary, stripped",
                unit: "MB",
                target: .atMost(36),
                meaning: "the file's size; the Swift runtime is in it."
            )
        ]
    ) { _, bench in
        var status = stat()
        guard stat(bench.installation.kindling, &status) == 0 else {
            throw BenchmarkFailure("there is no \(bench.installation.kindling)")
        }
        return [Double(status.st_size) / 1e6]
    }
}
