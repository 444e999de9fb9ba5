import Glibc

/// The calls of the outbox to the disk. All of them block.
enum DiskFile {
    /// Writes a whole file that only this user can read: under another name first, so that the name it gets never stands
    /// for half of it. What is left of a failed attempt is removed.
    static func write(_ bytes: [UInt8], to path: String) throws(OutboxTrouble) {
        let unfinished = path + ParcelName.unfinished
        let descriptor = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .last("make", unfinished) }
        do throws(OutboxTrouble) {
            do throws(OutboxTrouble) {
                try write(bytes, to: descriptor, unfinished)
                guard fsync(descriptor) == 0 || errno == EINVAL else { throw .last("sync", unfinished) }
            } catch {
                close(descriptor)
                throw error
            }
            // A network volume may say only here that it is full.
            guard close(descriptor) == 0 || errno == EINTR else { throw .last("close", unfinished) }
            guard rename(unfinished, path) == 0 else { throw .last("rename", unfinished) }
        } catch {
            unlink(unfinished)
            throw error
        }
        syncFolder(of: path)
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, _ path: String) throws(OutboxTrouble) {
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes {
                let rest = UnsafeRawBufferPointer(rebasing: $0[done...])
                return Glibc.write(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .last("write", path) }
            done += count
        }
    }

    /// The first bytes of a regular file, and its size; nil if there is none.
    static func read(_ path: String, upTo limit: Int = .max) throws(OutboxTrouble) -> (bytes: [UInt8], size: Int)? {
        // Not blocking: whoever put a pipe there would stop the outbox.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .last("open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last("read", path) }
        guard status.st_mode & S_IFMT == S_IFREG else { return ([], 0) }
        let size = Int(status.st_size)
        var bytes = [UInt8](repeating: 0, count: min(size, limit))
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeMutableBytes {
                let rest = UnsafeMutableRawBufferPointer(rebasing: $0[done...])
                return Glibc.read(descriptor, rest.baseAddress, rest.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .last("read", path) }
            guard count > 0 else { break }
            done += count
        }
        return (Array(bytes.prefix(done)), size)
    }

    /// Moves a file; false if it is not there, because another worker was first.
    static func move(_ path: String, to target: String) throws(OutboxTrouble) -> Bool {
        if rename(path, target) == 0 { return true }
        guard errno == ENOENT else { throw .last("rename", path) }
        // A network volume that repeats a request whose answer it lost says so of a rename that it has done.
        return access(target, F_OK) == 0
    }

    /// Removes a file that may be gone already.
    static func remove(_ path: String) throws(OutboxTrouble) {
        guard unlink(path) == 0 || errno == ENOENT else { throw .last("remove", path) }
    }

    /// What a crash of the machine must not undo: names that were given or taken away. Some network mounts refuse; nothing
    /// is lost by it but that promise.
    static func syncFolder(of path: String) {
        let descriptor = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    /// Makes a folder that only this user can look into, with those above it.
    static func makeFolder(_ path: String) throws(OutboxTrouble) {
        if mkdir(path, 0o700) == 0 {
            return syncFolder(of: path)
        }
        switch errno {
        case EEXIST: return
        case ENOENT where path.contains("/"):
            try makeFolder(folder(of: path))
            guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw .last("make", path) }
            syncFolder(of: path)
        default: throw .last("make", path)
        }
    }

    /// The names in a folder, sorted; none if there is no such folder.
    static func names(in path: String) throws(OutboxTrouble) -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return [] }
            throw .last("open", path)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// When a file was last written, in milliseconds by the clock of whoever keeps it, and its size; nil: there is none.
    static func status(of path: String) -> (written: Int, size: Int)? {
        // Opened, because a network mount may answer for closed files from a memory that is up to a minute old.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        return (status.milliseconds, Int(status.st_size))
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension stat {
    /// When it was last written, since 1970.
    var milliseconds: Int { st_mtim.tv_sec * 1000 + st_mtim.tv_nsec / 1_000_000 }
}

extension OutboxTrouble {
    /// What the last call's errno says.
    static func last(_ operation: String, _ path: String) -> OutboxTrouble {
        .file(operation: operation, path: path, code: errno)
    }
}
