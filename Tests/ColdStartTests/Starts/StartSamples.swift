import JSON
import TestSupport

@testable import ColdStart

/// A cold start whose weights took so many milliseconds, so many minutes after a fixed time.
func keptStart(
    weights: Double = 1000,
    minute: Int = 0,
    kind: StartKind = .cold,
    worker: String = "pod-1",
    error: String? = nil,
    floor: Double? = nil,
    idle: Double = 0,
    attributes: JSON.Object = ["model": "gemma3", "engine": "ollama", "device": "L4"],
    phases: [Entry] = []
) -> KeptStart {
    let load = 100 + idle
    let start = timeline(
        [
            ("worker", nil, 0, 50), ("idle", nil, 50, 50 + idle), ("engine.spawn", nil, 50 + idle, load),
            ("model.load", nil, load, load + weights + 20), ("runner.fit", "model.load", load, load + 20),
            ("weights", "model.load", load + 20, load + 20 + weights),
            ("first_token", nil, load + weights + 20, load + weights + 30),
        ] + phases,
        end: load + weights + 40,
        kind: kind,
        attributes: attributes
    )
    return KeptStart(
        began: noon + .seconds(60 * minute),
        worker: worker,
        error: error,
        floor: floor.flatMap { Floor(bytes: 1_000_000, bytesPerSecond: 1_000_000_000 / $0, source: "a test") },
        timeline: start
    )
}

let noon = Timestamp(milliseconds: 1_790_000_000_000)

func text(of path: String) -> String {
    String(decoding: (try? Fixture.bytes(of: path)) ?? [], as: UTF8.self)
}
