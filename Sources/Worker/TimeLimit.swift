import JSON
import Jobs
import Support

extension Job {
    /// The longest that the platform itself allows: seven days, in milliseconds. What is beyond it (1e300 is JSON, too)
    /// would not even fit a `Duration`.
    private static let longestExecution = 7.0 * 24 * 3600 * 1000

    /// `policy.executionTimeout` in milliseconds, if it came with the job.
    var executionTimeout: Duration? {
        guard let limit = fields["policy"]?["executionTimeout"]?.double, limit > 0 else { return nil }
        return .milliseconds(min(limit, Self.longestExecution))
    }
}

/// A job ran longer than its client allowed.
struct ExecutionTimeout: Error, CustomStringConvertible {
    let limit: Duration

    var description: String {
        "the job ran longer than its policy.executionTimeout of \(limit.milliseconds) ms and was stopped"
    }
}

/// Runs `body`, and cancels it when the time is over.
func withTimeLimit<Value: Sendable>(
    _ limit: Duration?,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    guard let limit else { return try await body() }
    return try await withThrowingTaskGroup { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw ExecutionTimeout(limit: limit)
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}
