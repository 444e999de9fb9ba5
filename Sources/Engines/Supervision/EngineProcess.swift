import Processes

/// The engine that is used now: a process of our own, or a server that ran already.
struct EngineProcess: Sendable {
    let life: Int
    let url: String
    /// Nil: not ours to end.
    let child: ChildProcess?
    let opened: ContinuousClock.Instant
    /// Touched by each line and each answer to a probe.
    let signs: StallWatch
    /// From the first request on its lines may hold what clients sent.
    var hasServed = false

    /// For an error that clients read.
    var lastWords: String {
        guard !hasServed else { return "" }
        return lastLines.map { " Its last lines: \($0)" } ?? " It said nothing."
    }

    var lastLines: String? {
        guard let lines = child?.lastLines, !lines.isEmpty else { return nil }
        return lines.suffix(8).joined(separator: " | ")
    }
}
