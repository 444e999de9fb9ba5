import JSON

@testable import ColdStart

/// Milliseconds after the origin of every start in these tests.
func at(_ milliseconds: Double) -> Instant { origin + .microseconds(Int((milliseconds * 1000).rounded())) }

let origin = Instant.now

/// A phase of a table: name, parent by name, begin and end in ms; no end: it runs.
typealias Entry = (name: String, parent: String?, begin: Double, end: Double?)

func timeline(
    _ entries: [Entry],
    end: Double,
    kind: StartKind = .cold,
    isFinished: Bool = true,
    attributes: JSON.Object = [:]
) -> Timeline {
    let names = entries.map(\.name)
    let phases = entries.map { entry in
        Phase(
            entry.name,
            parent: entry.parent.flatMap(names.firstIndex).map(PhaseID.init),
            begin: at(entry.begin),
            end: entry.end.map(at)
        )
    }
    return Timeline(
        kind: kind,
        origin: origin,
        end: at(end),
        isFinished: isFinished,
        phases: phases,
        attributes: attributes
    )
}

/// A start as they are: a poll and a prefetch alongside, a load in parts, small gaps.
let sample = timeline(
    [
        ("container", nil, 0, 110),
        ("worker", nil, 110, 121.5),
        ("queue.poll", nil, 121.5, 168),
        ("job.take", nil, 168, 168.2),
        ("engine", nil, 121.5, 255),
        ("engine.spawn", "engine", 121.5, 160),
        ("engine.discover", "engine", 160.4, 249),
        ("model.prefetch", nil, 122, 980),
        ("model.load", nil, 257, 1261),
        ("runner.start", "model.load", 260, 429),
        ("runner.fit", "model.load", 429, 496),
        ("weights", "model.load", 496, 1148),
        ("context", "model.load", 1148, 1230),
        ("runner.warmup", "model.load", 1230, 1261),
        ("first_token", nil, 1263, 1402),
        ("first_result", nil, 1402, 1424.4),
    ],
    end: 1424.4,
    attributes: ["model": "gemma3-270m", "engine": "llama-server", "device": "CPU"]
)
