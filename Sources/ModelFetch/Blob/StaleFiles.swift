import Glibc
import ModelStore

/// Opens files anew when their server has forgotten them.
///
/// A network volume whose server was restarted, or that moved, answers ESTALE for what was open. By their names the
/// files are there as before, with their records: little of a pull is lost, and not all of it.
enum StaleFiles {
    private static let attempts = 3
    private static let pause = Duration.seconds(1)

    /// - Parameter onRetry: told before each wait
    static func reopening<Value: Sendable>(
        after pause: Duration = pause,
        onRetry: (String, Duration) -> Void,
        _ work: () async throws -> Value
    ) async throws -> Value {
        for _ in 1..<attempts {
            do {
                return try await work()
            } catch let error as PullError {
                guard case .disk(let problem) = error, problem.code == ESTALE else { throw error }
                onRetry("\(problem)", pause)
                try await Task.sleep(for: pause)
            }
        }
        return try await work()
    }
}
