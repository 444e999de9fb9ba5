import Glibc

/// What tells one state of a file from another without reading it.
public struct FileIdentity: Sendable, Hashable {
    /// Bytes.
    public var size: Int
    /// When the contents last changed, in nanoseconds since 1970.
    public var modified: Int
    /// The file's number on its file system.
    public var inode: UInt64
    /// The file system's number on this machine. The same volume may have another one in the next container.
    public var device: UInt64

    /// An identity of those parts.
    public init(size: Int, modified: Int, inode: UInt64, device: UInt64) {
        self.size = size
        self.modified = modified
        self.inode = inode
        self.device = device
    }

    init(_ status: stat) {
        self.init(
            size: Int(status.st_size),
            modified: Int(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(status.st_mtim.tv_nsec),
            inode: UInt64(status.st_ino),
            device: UInt64(status.st_dev)
        )
    }
}
