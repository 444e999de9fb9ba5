import Glibc

/// A worker's lock file, tried and held for a moment.
struct LockProbe: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock if it is free. Nil: somebody holds it.
    init?(_ path: String) {
        // For writing, which some network mounts want of an exclusive lock.
        let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
        // No such file, so nobody holds it. One that is not ours to open belongs to a worker that is no business of ours.
        guard descriptor >= 0 || errno == ENOENT else { return nil }
        if descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }
}

/// A file that a worker touches while results wait in its folder.
enum LifeSign {
    static let name = ".alive"

    /// Gives a sign now. Returns the time by the clock of the volume, in milliseconds.
    static func give(in folder: String) throws(OutboxTrouble) -> Int {
        let path = "\(folder)/\(name)"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .last("make", path) }
        defer { close(descriptor) }
        // A byte rather than a time of our own: whoever keeps the volume then stamps it by its own clock, the same for
        // all workers. A full disk takes no byte, but a time.
        var byte = UInt8(ascii: "\n")
        guard pwrite(descriptor, &byte, 1, 0) == 1 && fsync(descriptor) == 0 || futimens(descriptor, nil) == 0 else {
            throw .last("touch", path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("read", path) }
        return status.milliseconds
    }

    /// When the worker of a folder last gave a sign; the folder's own time if it had not come to it.
    static func last(in folder: String) -> Int? {
        (DiskFile.status(of: "\(folder)/\(name)") ?? DiskFile.status(of: folder))?.written
    }
}
