import Glibc

/// Room on a disk.
enum FreeSpace {
    /// Bytes that a user without privileges may still write; nil where the file system does not say. Blocks.
    static func bytes(at folder: String) -> Int? {
        var status = statvfs()
        guard statvfs(folder, &status) == 0 else { return nil }
        let (bytes, isTooLarge) = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(status.f_frsize))
        return isTooLarge ? .max : bytes
    }

    /// Throws unless the folder's disk has this much. Blocks.
    static func check(_ needed: Int, at folder: String) throws(PullError) {
        guard let free = bytes(at: folder), free < needed else { return }
        throw .noSpace(folder: folder, free: free, needed: needed)
    }

    /// What a file takes on disk now: of a partial file, what has been reserved for it. Blocks.
    static func allocated(to path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_blocks) * 512 : 0
    }
}
