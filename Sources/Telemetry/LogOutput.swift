import Glibc
import Support

/// Where lines go: a descriptor, each line whole and in its turn.
///
/// A log must not stop what it tells about. A reader that falls behind is waited for a moment; then lines gather here,
/// and when there are too many the newest are lost and counted. A reader that is gone costs the lines and nothing more.
public final class LogOutput: Sendable {
    private struct State {
        /// What the reader still has to take: at most the rest of one line more than `longestBacklog`.
        var backlog: [UInt8] = []
        var lost = 0
    }

    /// What a reader gets who is merely late. Threads wait for it, so it is short.
    private static let patience = Duration.milliseconds(100)
    private static let longestBacklog = 256 * 1024

    /// Where a platform collects logs.
    public static let standardOutput = LogOutput(descriptor: STDOUT_FILENO)
    /// Where logs go when stdout carries a result.
    public static let standardError = LogOutput(descriptor: STDERR_FILENO)

    private let sink: Sink
    private let state = Lock(State())

    /// Output to a descriptor that the caller keeps open.
    public init(descriptor: Int32) {
        sink = Sink(descriptor)
    }

    deinit {
        sink.close()
    }

    /// Whether somebody looks at it.
    public var isTerminal: Bool { isatty(sink.descriptor) == 1 }

    /// The terminal's width; nil if it is none, or does not say.
    public var columns: Int? {
        var size = winsize()
        guard ioctl(sink.descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes a text as it is, after all lines before it. Waits for a slow reader: this is a program's result.
    public func write(_ text: String) {
        state.withLock { state in
            state.backlog += Array(text.utf8)
            sink.push(&state.backlog, within: nil)
        }
    }

    /// Waits for the reader to take what has gathered: for the end of a program.
    public func flush(within time: Duration = .seconds(1)) {
        state.withLock { state in sink.push(&state.backlog, within: time) }
    }

    /// Writes a line, its newline included.
    func write(_ line: [UInt8]) {
        state.withLock { state in
            // Who has been waited for in vain is not waited for again, or every line would take that long.
            let patience = state.backlog.isEmpty ? Self.patience : .zero
            sink.push(&state.backlog, within: .zero)
            guard state.backlog.isEmpty || state.backlog.count + line.count <= Self.longestBacklog else {
                state.lost += 1
                return
            }
            state.backlog += line
            sink.push(&state.backlog, within: patience)
        }
    }

    /// How many lines were lost, once the reader is back.
    func takeLost() -> Int {
        state.withLock { state in
            guard state.lost > 0, state.backlog.isEmpty else { return 0 }
            defer { state.lost = 0 }
            return state.lost
        }
    }
}
