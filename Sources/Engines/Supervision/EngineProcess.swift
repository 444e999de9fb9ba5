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
    /// Its last lines, as far as they are in the log.
    var loggedLines: String?
    /// Since when its probes are answered with something that is not HTTP.
    var garbageSince: ContinuousClock.Instant?

    /// Notes such an answer, and returns whether there was nothing else for long enough. A proxy in the middle of its own
    /// start does that for a moment; a program that is no engine would for the half hour that some engines may take.
    mutating func speaksNoHTTP(for limit: Duration = .seconds(5)) -> Bool {
        let since = garbageSince ?? .now
        garbageSince = since
        return since.duration(to: .now) > limit
    }

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
