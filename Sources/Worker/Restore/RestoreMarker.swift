import Glibc
import Support

/// Remembers on disk that this worker was resumed from a snapshot once: where that happened, it will happen again, and a
/// snapshot of a worker whose engine is up is worth more than one of a worker that waits for its first job.
public struct RestoreMarker: Sendable, Hashable {
    private let folder: String
    private var path: String { folder + "/restored" }

    /// - Parameter folder: the worker's state folder; need not exist
    public init(folder: String) {
        self.folder = folder
    }

    /// Whether a restore was seen before. Blocks for a look at the disk.
    public var isSet: Bool { access(path, F_OK) == 0 }

    /// Remembers a restore. Blocks for the time of a small file.
    ///
    /// - Returns: 0, or the errno that says why not; then the next start picks its mode without it, which is no harm
    public func set() -> Int32 {
        // The folder above it is the platform's volume: not ours to make.
        if mkdir(folder, 0o755) != 0, errno != EEXIST { return errno }
        let file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard file >= 0 else { return errno }
        close(file)
        return 0
    }
}
