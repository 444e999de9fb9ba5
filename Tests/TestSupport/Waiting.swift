import Glibc

/// Looks again and again until `condition` holds; false if it does not within `timeout`.
///
/// For effects of other processes and threads that offer nothing to wait for. The timeout is how long a failure
/// takes, not how fast a success must be: make it generous.
public func eventually(
    timeout: Duration = .seconds(30),
    every interval: Duration = .milliseconds(5),
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let deadline = ContinuousClock.now + timeout
    while true {
        if try await condition() { return true }
        guard ContinuousClock.now < deadline else { return false }
        try? await Task.sleep(for: interval)
    }
}

/// The same as `eventually` for code that blocks: within `blocking`, and in programs.
@discardableResult public func blockUntil(
    timeout: Duration = .seconds(30),
    every interval: Duration = .milliseconds(5),
    _ condition: () throws -> Bool
) rethrows -> Bool {
    let deadline = ContinuousClock.now + timeout
    while true {
        if try condition() { return true }
        guard ContinuousClock.now < deadline else { return false }
        usleep(UInt32(interval / .microseconds(1)))
    }
}
