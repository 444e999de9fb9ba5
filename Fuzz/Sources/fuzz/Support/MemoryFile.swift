import Glibc

/// A file that can be opened by a path and touches no disk.
struct MemoryFile: ~Copyable {
    private let descriptor: Int32

    init() {
        let name = "/kindling-fuzz-\(getpid())"
        descriptor = shm_open(name, O_CREAT | O_RDWR | O_EXCL, 0o600)
        promise(descriptor >= 0, "\(name) can be made")
        shm_unlink(name)
    }

    var path: String { "/proc/self/fd/\(descriptor)" }

    /// Makes these bytes the whole file.
    func replaceContents(by bytes: [UInt8]) {
        promise(ftruncate(descriptor, 0) == 0, "a file in memory can be emptied")
        promise(pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, "a file in memory takes what it is given")
    }

    deinit {
        close(descriptor)
    }
}
