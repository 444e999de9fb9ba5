import ModelFetch
import Support
import Telemetry

/// Shows a pull on stderr: one line drawn again and again on a terminal, else a line now and then.
final class ProgressDisplay: Sendable {
    private static let interval = Duration.milliseconds(200)
    /// Back to the line's start, and empty to its end.
    private static let clear = "\r\u{1B}[K"

    private struct State {
        var meter = ProgressMeter()
        var isDrawn = false
        var drawnAt: ContinuousClock.Instant?
    }

    private let isQuiet: Bool
    private let output = LogOutput.standardError
    private let isTerminal: Bool
    private let state = Lock(State())

    init(isQuiet: Bool) {
        self.isQuiet = isQuiet
        isTerminal = LogOutput.standardError.isTerminal
    }

    /// Takes in what happened, from any thread. Bytes come in by the thousand pieces; they are drawn five times a second.
    @Sendable func take(_ event: PullEvent) {
        guard !isQuiet else { return }
        let now = ContinuousClock.now
        let text = state.withLock { state in
            let line = state.meter.take(event, at: now)
            if let last = state.drawnAt, now - last < Self.interval, line == nil { return "" }
            state.drawnAt = now
            return isTerminal ? draw(line, in: &state, at: now) : plain(line, in: &state, at: now)
        }
        if !text.isEmpty { output.write(text) }
    }

    /// The last word.
    func finish(_ error: PullError?) {
        let isDrawn = state.withLock { state in
            defer { state.isDrawn = false }
            return state.isDrawn
        }
        if isDrawn { output.write(Self.clear) }
        if let error { output.write("kindling pull: \(error)\n") }
    }

    private func draw(_ line: String?, in state: inout State, at now: ContinuousClock.Instant) -> String {
        let isUnderWay = state.meter.percent < 100
        defer { state.isDrawn = isUnderWay }
        let above = line.map { "\($0)\n" } ?? ""
        let bar = isUnderWay ? ProgressText.line(of: state.meter, at: now, columns: output.columns ?? 80) : ""
        return (state.isDrawn || isUnderWay ? Self.clear : "") + above + bar
    }

    private func plain(_ line: String?, in state: inout State, at now: ContinuousClock.Instant) -> String {
        if let line { return "\(line)\n" }
        return state.meter.plainLine(at: now).map { "\($0)\n" } ?? ""
    }
}
