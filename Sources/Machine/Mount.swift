import Glibc
import Support

/// The mount that a path lies on.
public struct Mount: Sendable, Hashable {
    /// Where it is mounted.
    public var folder: String
    /// Such as `ext4`, `nfs4`, `fuse.juicefs`, `overlay`.
    public var fileSystem: String
    /// What is mounted: a device, `server:/export`, or a word.
    public var source: String
    /// Device number.
    public var major: Int
    /// Device number.
    public var minor: Int
    /// Whether nothing can be written there.
    public var isReadOnly: Bool
    /// How far the kernel reads ahead of a sequential reader, in KiB; nil where it does not say.
    public var readAheadKiB: Int?

    /// File systems whose bytes come over a network or through another process: each read waits for a round trip, and
    /// several at once are faster than one. Any `fuse.` counts, for volumes in containers are mostly that.
    public var isNetwork: Bool {
        fileSystem.hasPrefix("fuse") && fileSystem != "fusectl" || Self.networked.contains(fileSystem)
    }

    private static let networked: Set<String> = [
        "9p", "afs", "beegfs", "ceph", "cifs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2",
        "panfs", "smb3", "smbfs", "virtiofs", "weka", "wekafs",
    ]

    /// The mount under `path`, by the device number of the file itself, else by the longest mounted folder above it.
    /// Nil if the path does not exist or `/proc` is closed. Blocks.
    public static func of(_ path: String) -> Mount? {
        var status = stat()
        guard stat(path, &status) == 0, let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        // A container with many volumes has hundreds of lines of some hundred bytes each.
        guard let bytes = SmallFile.bytes(of: "/proc/self/mountinfo", limit: 4 << 20) else { return nil }
        let table = parse(String(decoding: bytes, as: UTF8.self))
        let device = (major: deviceMajor(status.st_dev), minor: deviceMinor(status.st_dev))
        guard var mount = choose(from: table, path: String(cString: real), device: device) else { return nil }
        mount.readAheadKiB = readAhead(major: device.major, minor: device.minor)
        return mount
    }

    /// Bytes that an ordinary user may still write where `path` lies; nil if it does not exist. Blocks.
    public static func freeSpace(_ path: String) -> Int? {
        var figures = statvfs()
        guard statvfs(path, &figures) == 0 else { return nil }
        let (bytes, overflow) = UInt64(figures.f_bavail).multipliedReportingOverflow(by: UInt64(figures.f_frsize))
        // Object stores behind FUSE claim sizes near 2^64.
        return overflow ? .max : Int(clamping: bytes)
    }

    private static func readAhead(major: Int, minor: Int) -> Int? {
        guard let bytes = SmallFile.bytes(of: "/sys/class/bdi/\(major):\(minor)/read_ahead_kb") else { return nil }
        return Int(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
    }

    // As glibc packs them; its macros do not reach Swift.
    private static func deviceMajor(_ device: dev_t) -> Int { Int(device >> 8 & 0xfff | device >> 32 & ~0xfff) }
    private static func deviceMinor(_ device: dev_t) -> Int { Int(device & 0xff | device >> 12 & ~0xff) }
}
