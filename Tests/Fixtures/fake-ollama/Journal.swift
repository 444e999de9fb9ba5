import Glibc
import JSON

/// What the engine saw, one JSON line each, for tests to assert on. Every line names `event`, `ms` and `pid`.
final class Journal: Sendable {
    private let descriptor: Int32
    private let begin = ContinuousClock.now

    /// Without a path it writes nothing.
    init(path: String?) throws(UsageError) {
        guard let path else {
            descriptor = -1
            return
        }
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw UsageError(message: "cannot write the journal \(path)") }
    }

    func note(_ event: String, _ members: JSON.Object = [:]) {
        guard descriptor >= 0 else { return }
        var line: JSON.Object = [
            "event": .string(event),
            "ms": JSON(begin.duration(to: .now) / .milliseconds(1)),
            "pid": JSON(getpid()),
        ]
        for (key, value) in members { line[key] = value }
        // One write to a file opened for appending stays whole beside those of other threads and processes.
        let bytes = JSON.object(line).bytes + [UInt8(ascii: "\n")]
        _ = write(descriptor, bytes, bytes.count)
    }
}
