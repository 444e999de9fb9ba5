import Glibc

/// A file could not be used.
public struct FileTrouble: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was tried: `write`, `open` …
    public let operation: String
    /// With which file.
    public let path: String
    /// The errno; 0 if the system had no objection and we have.
    public let code: Int32
    let reason: String

    init(_ operation: String, _ path: String, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
        reason = String(cString: strerror(code))
    }

    init(_ operation: String, _ path: String, _ reason: String) {
        self.operation = operation
        self.path = path
        self.reason = reason
        code = 0
    }

    /// `cannot write /state/ledger-a.jsonl: No space left on device`.
    public var description: String { "cannot \(operation) \(path.printable): \(reason)" }
}
