import Glibc

/// A file of lines that only grows, and whose lines are there whole or not at all.
struct AppendFile {
    let path: String

    /// In bytes; nil if there is no such file.
    var size: Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Appends a line and its line feed; returns once they are on the disk if `isDurable`.
    ///
    /// A line that a full disk cut short is taken back, so that the next one does not continue it.
    func append(line: [UInt8], isDurable: Bool) throws(FileTrouble) {
        let isNew = size == nil
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileTrouble("open", path, code: errno) }
        defer { close(descriptor) }
        let before = lseek(descriptor, 0, SEEK_END)
        do throws(FileTrouble) {
            try Self.write(line + [.lineFeed], to: descriptor, path)
            if isDurable, fsync(descriptor) != 0, errno != EINVAL {
                throw FileTrouble("sync", path, code: errno)
            }
        } catch {
            if before >= 0 { ftruncate(descriptor, before) }
            throw error
        }
        if isNew, isDurable { Self.syncFolder(of: path) }
    }

    /// Cuts off what stands behind `size`.
    func truncate(to size: Int) throws(FileTrouble) {
        guard Glibc.truncate(path, off_t(size)) == 0 else { throw FileTrouble("truncate", path, code: errno) }
    }

    /// Up to `limit` bytes from its end; empty if there is no such file.
    func tail(limit: Int) throws(FileTrouble) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return [] }
            throw FileTrouble("open", path, code: errno)
        }
        defer { close(descriptor) }
        let end = lseek(descriptor, 0, SEEK_END)
        guard end >= 0 else { throw FileTrouble("read", path, code: errno) }
        lseek(descriptor, max(0, end - off_t(limit)), SEEK_SET)
        // Somebody may append meanwhile: what was its end is what was asked for.
        return try Self.read(descriptor, path, upTo: limit)
    }

    /// Everything that a descriptor has to give, if it is no more than `limit`.
    static func read(_ descriptor: Int32, _ path: String, limit: Int) throws(FileTrouble) -> [UInt8] {
        let bytes = try read(descriptor, path, upTo: limit + 1)
        guard bytes.count <= limit else { throw FileTrouble("read", path, "it is larger than \(limit) bytes") }
        return bytes
    }

    private static func read(_ descriptor: Int32, _ path: String, upTo limit: Int) throws(FileTrouble) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: min(limit, 64 * 1024))
        while bytes.count < limit {
            let count = Glibc.read(descriptor, &buffer, min(buffer.count, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileTrouble("read", path, code: errno) }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return bytes
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(FileTrouble) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: $0[done...]).baseAddress, bytes.count - done)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw FileTrouble("write", path, code: errno) }
            done += count
        }
    }

    /// Writes a whole file beside the old one and puts it in its place: a reader sees the one or the other. One process at a
    /// time may do so; what a killed one left is written over.
    static func replace(_ path: String, with bytes: [UInt8]) throws(FileTrouble) {
        let temporary = "\(path).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw FileTrouble("open", temporary, code: errno) }
        defer { close(descriptor) }
        do throws(FileTrouble) {
            try write(bytes, to: descriptor, temporary)
            guard fsync(descriptor) == 0 || errno == EINVAL else { throw FileTrouble("sync", temporary, code: errno) }
            guard rename(temporary, path) == 0 else { throw FileTrouble("rename", temporary, code: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
        syncFolder(of: path)
    }

    /// What a crash must not undo: names of files that were made or replaced. Some network mounts refuse; nothing is
    /// lost by it but that promise.
    static func syncFolder(of path: String) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
}
