extension Measurement {
    static func fullSpeed(quick: Bool) -> Measurement {
        let assignment = Assignment(tokens: 2000, streams: true)
        return Measurement(
            name: "full-speed",
            rounds: quick ? 2 : 7,
            rows: [
                Row(
                    "2,000 tokens at full engine speed",
                    unit: "tokens/s",
                    target: .atLeastOfSDK(16),
                    meaning:
                        "from the engine's having read the request to the arrival of the POST with the last token; "
                        + "the median of a round's streams."
                ),
                Row(
                    "POSTs for them",
                    unit: "POSTs",
                    target: .atMost(40),
                    meaning: "job-stream and job-done together; the median of a round's streams."
                ),
            ]
        ) { subject, bench in
            try bench.onStage(subject, .init(handler: .streaming)) { stage in
                try stage.warmUp(assignment)
                let jobs = try stage.run(bench.count(5, quick: 3), assignment)
                try stage.check(jobs, assignment, chunksOnly: true)
                let streams = StreamedJob.all(jobs, on: stage)
                let rates = streams.map { Double(assignment.tokens) / ($0.throughTime / .seconds(1)) }
                return [
                    try Sample(rates).requiredMedian("stream"),
                    try Sample(streams.map { Double($0.posts) }).requiredMedian("stream"),
                ]
            }
        }
    }

    static func farQueue(quick: Bool) -> Measurement {
        let assignment = Assignment(tokens: quick ? 600 : 2000, rate: 200, streams: true)
        return Measurement(
            name: "far-queue",
            rounds: quick ? 1 : 3,
            rows: [
                Row(
                    "200 tokens/s, queue 20 ms of round trip away: delivered",
                    unit: "tokens/s",
                    // Between the first chunk's arrival and the last's, of which one may have waited for a round trip.
                    target: .atLeast(199),
                    meaning: "tokens after the first, by the time from the first chunk's arrival to the last's"
                        + (quick ? " (600 tokens; a full run makes 2,000)." : " (2,000 tokens).")
                ),
                Row(
                    "the same: the last token is late by",
                    unit: "ms",
                    target: .atMost(35),
                    meaning:
                        "from the moment when the last token was due in the engine to its arrival at the queue, of "
                        + "which 10 ms are the way there."
                ),
            ]
        ) { subject, bench in
            try bench.onStage(subject, .init(handler: .streaming, roundTrip: .milliseconds(20))) { stage in
                try stage.warmUp()
                let jobs = try stage.run(1, assignment, timeout: .seconds(180))
                try stage.check(jobs, assignment, chunksOnly: true)
                guard let stream = StreamedJob.all(jobs, on: stage).first else { return [] }
                let seconds = stream.firstChunk.duration(to: stream.lastChunk) / .seconds(1)
                return [
                    Double(assignment.tokens - 1) / seconds,
                    stream.lastChunk.milliseconds(since: stream.generation.lastTokenDue),
                ]
            }
        }
    }

    static func firstToken(quick: Bool) -> Measurement {
        let assignment = Assignment(tokens: 10, rate: 100, streams: true)
        return Measurement(
            name: "first-token",
            rounds: quick ? 1 : 3,
            rows: [
                Row(
                    "first token, engine → queue",
                    unit: "ms",
                    target: .atMostOfSDK(1),
                    meaning:
                        "from just before the engine writes its first token to the arrival of the first job-stream; "
                        + "the median of a round's streams. 100 tokens/s, a near queue."
                )
            ]
        ) { subject, bench in
            try bench.onStage(subject, .init(handler: .streaming)) { stage in
                try stage.warmUp(assignment)
                let jobs = try stage.run(bench.count(15, quick: 8), assignment)
                try stage.check(jobs, assignment, chunksOnly: true)
                let times = StreamedJob.all(jobs, on: stage).map {
                    $0.firstChunk.milliseconds(since: $0.generation.firstToken)
                }
                return [try Sample(times).requiredMedian("stream")]
            }
        }
    }

    static func largeOutput(quick: Bool) -> Measurement {
        let assignment = Assignment(tokens: 2500, size: 2000)
        return Measurement(
            name: "large-output",
            rounds: quick ? 1 : 2,
            rows: [
                Row(
                    "5 MB output of a job that does not stream: bytes sent",
                    unit: "MB",
                    target: .atMost(5.1),
                    meaning: "bodies of all POSTs about the job. The SDK's handler is a generator with "
                        + "`return_aggregate_stream`, which streams every job, also those that ask for none: a worker "
                        + "that can stream has no other choice there."
                )
            ]
        ) { subject, bench in
            try bench.onStage(subject, .init(handler: .streaming)) { stage in
                try stage.warmUp()
                let jobs = try stage.run(1, assignment)
                try stage.check(jobs, assignment)
                let bytes = jobs.flatMap { stage.exchanges.posts(about: $0) }.reduce(0) { $0 + $1.bytes }
                return [Double(bytes) / 1e6]
            }
        }
    }
}

/// A stream as engine and queue saw it.
private struct StreamedJob {
    let generation: StubEngine.Generation
    let firstChunk: Instant
    let lastChunk: Instant
    let posts: Int

    /// From the engine's start to the queue's end.
    var throughTime: Duration { generation.received.duration(to: lastChunk) }

    static func all(_ jobs: [String], on stage: Stage) -> [StreamedJob] {
        let exchanges = stage.exchanges
        let records = stage.engine.records
        return jobs.compactMap { job in
            let posts = exchanges.posts(about: job)
            let chunks = posts.of(.stream).filter { $0.tokens > 0 }
            guard let generation = records[job], let first = chunks.first, let last = chunks.last else { return nil }
            return StreamedJob(
                generation: generation,
                firstChunk: first.arrived,
                lastChunk: last.arrived,
                posts: posts.count
            )
        }
    }
}
