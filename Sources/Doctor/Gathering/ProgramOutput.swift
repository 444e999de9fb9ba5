import Processes
import Support

/// What a program prints, of one that may hang.
enum ProgramOutput {
    /// How it went.
    enum Outcome: Sendable, Hashable {
        /// It ended, with these lines of both outputs.
        case ended(ExitStatus, [String])
        /// It did not end in time and was killed.
        case hung
        /// It could not be started, in these words.
        case notStarted(String)
    }

    /// More than this says no version any more.
    private static let mostLines = 50

    static func of(_ command: Command, within limit: Duration) async -> Outcome {
        let lines = Lock<[String]>([])
        let child: ChildProcess
        do {
            child = try await ChildProcess.spawn(command) { line in
                lines.withLock { if $0.count < mostLines { $0.append(line.text) } }
            }
        } catch {
            return .notStarted(error.description)
        }
        // Given up rather than awaited: a process that is stuck in a driver does not even die of SIGKILL.
        let waiting = Task { try await child.exitUnlessCancelled() }
        let clock = Task {
            try await Task.sleep(for: limit)
            waiting.cancel()
        }
        defer { clock.cancel() }
        guard let status = try? await waiting.value else {
            Task { await child.end(grace: .milliseconds(100)) }
            return .hung
        }
        return .ended(status, lines.withLock { $0 })
    }
}
