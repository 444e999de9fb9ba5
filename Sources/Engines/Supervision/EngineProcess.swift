import Processes

/// The engine that is used now: a process of our own, or a server that ran already.
struct EngineProcess: Sendable {
    let life: Int
    let url: String
    /// Nil: not ours to end.
    let child: ChildProcess?
    let opened: ContinuousClock.Instant

    var lastWords: String {
        guard let lines = child?.lastLines, !lines.isEmpty else { return "It said nothing." }
        return "Its last lines: \(lines.suffix(8).joined(separator: " | "))"
    }
}
