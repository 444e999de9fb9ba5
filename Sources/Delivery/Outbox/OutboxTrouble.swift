import Glibc

/// The outbox could not do what was asked.
public enum OutboxTrouble: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no folder in which this worker may write.
    case noPlace
    /// The system refused: what was tried (`write`, `rename` …), with which file, and the errno.
    case file(operation: String, path: String, code: Int32)
    /// The system has no thread for the disk's work; the errno.
    case noThread(Int32)
    /// The caller was cancelled. The disk may still do what it was asked.
    case cancelled

    /// `cannot write /state/outbox/a/….new: No space left on device; free some space or set KINDLING_STATE to …`.
    public var description: String {
        switch self {
        case .noPlace:
            "results cannot be kept on disk: no folder is writable; set KINDLING_STATE to one that is"
        case .file(let operation, let path, let code):
            "cannot \(operation) \(path): \(String(cString: strerror(code)))\(Self.advice(code).map { "; \($0)" } ?? "")"
        case .noThread(let code):
            "no thread for the outbox's disk work: \(String(cString: strerror(code))); raise the limit of processes"
        case .cancelled:
            "cancelled while waiting for the disk"
        }
    }

    /// The errno, if the system gave one.
    public var code: Int32? {
        switch self {
        case .file(_, _, let code), .noThread(let code): code
        case .noPlace, .cancelled: nil
        }
    }

    private static func advice(_ code: Int32) -> String? {
        switch code {
        case ENOSPC, EDQUOT: "free some space there, or set KINDLING_STATE to a folder on another disk"
        case EROFS, EACCES, EPERM: "make it writable for this user, or set KINDLING_STATE to a folder that is"
        case EIO, ESTALE, ENOTCONN, ENXIO, ENODEV: "the disk or the network volume fails: look after it"
        case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
        default: nil
        }
    }
}
