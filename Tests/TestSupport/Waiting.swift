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

/// A loopback port that nobody listened on a moment ago. Another process may take it before you do: let programs
/// pick their own (port 0) where they can.
public func freePort() throws -> UInt16 {
    let (descriptor, port) = try Socket.listen(host: "127.0.0.1", port: 0)
    close(descriptor)
    return port
}
