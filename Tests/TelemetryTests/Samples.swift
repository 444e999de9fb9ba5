import ColdStart
import JSON
import Telemetry

/// When the starts of these tests began.
let origin = Instant.now

func at(_ milliseconds: Int) -> Instant { origin + .milliseconds(milliseconds) }

/// A start with a wait, a load in two parts, and attributes of several types.
func sampleStart(kind: StartKind = .cold) -> Timeline {
    let recorder = StartRecorder(kind: kind, origin: origin)
    recorder.describe(["model": "gemma3", "engine": "ollama"])
    let poll = recorder.begin("queue.poll", at: at(10))
    recorder.record("idle", parent: poll, from: at(10), to: at(5010))
    recorder.end(poll, at: at(5010))
    let load = recorder.begin("model.load", at: at(5010))
    recorder.record(
        "weights",
        parent: load,
        from: at(5010),
        to: at(5360),
        attributes: ["bytes": 1_000_000_000_000, "rate": 2.5, "mmap": true, "gpus": ["a", "b"], "note": .null]
    )
    recorder.record("kv_cache", parent: load, from: at(5360), to: at(5370))
    recorder.end(load, at: at(5370))
    recorder.record("first_token", from: at(5380), to: at(5500))
    recorder.finish(at: at(5500))
    return recorder.snapshot()
}

/// A registry with all that a worker measures, each at least once.
func sampleRegistry() -> MetricRegistry {
    let registry = MetricRegistry(describing: WorkerMetrics.descriptions)
    let process = ProcessMetrics(age: .seconds(5))
    registry.add { process.families() }
    let metrics = WorkerMetrics(factory: registry)
    metrics.startFinished(sampleStart())
    metrics.startFinished(sampleStart(kind: .restored), failed: true)
    metrics.modelLoaded(bytes: 1_000_000_000, efficiency: 0.83)
    metrics.engineRestarted()
    metrics.jobEnded(.completed, queueWait: .milliseconds(12))
    metrics.generationEnded(
        promptTokens: 9,
        completionTokens: 30,
        timeToFirstToken: .milliseconds(70),
        tokensPerSecond: 85
    )
    metrics.slotsChanged(busy: 1, free: 3, waiting: 2)
    metrics.outboxHolds(2)
    metrics.gpuSampled("0", usedBytes: 20 << 30, freeBytes: 60 << 30, utilisation: 0.97)
    metrics.describeBuild([("version", "1.2.3"), ("engine", "ollama \"0.32\"")])
    return registry
}
