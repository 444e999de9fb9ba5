import Compression
import Glibc
import JSON

/// The running file of a ledger and what stands beside it: finds the end of the chain, appends, rotates, clears away.
///
/// Every append looks at the disk anew. It costs a read of some kilobytes a start, and makes a ledger whole again whoever
/// crashed, and wherever; two processes by one name cannot fork it.
struct LedgerFile: Sendable {
    let names: LedgerNames
    let limits: LedgerLimits
    /// What the next record has to say.
    private(set) var notes = LedgerNotes()

    /// More than a record can take, however long the names in it.
    private static let longestLine = 1 << 20

    init(names: LedgerNames, limits: LedgerLimits) {
        self.names = names
        self.limits = limits
    }

    /// Appends a record; returns its link once it is on the disk.
    mutating func append(_ entry: LedgerEntry, now: Timestamp) throws(FileTrouble) -> LedgerLink {
        do throws(FileTrouble) {
            try Folder.make(names.folder)
            let lock = LedgerLock(names.lock)
            defer { lock.release() }
            try setTornAside()
            try rotateIfDue(now)
            let outdated = try outdatedFiles(now)
            let previous = try lastLink()
            let line = LedgerLine.bytes(entry, after: previous, notes: notes)
            try AppendFile(path: names.running).append(line: line, isDurable: true)
            notes = LedgerNotes()
            // Only now that a record says so.
            for path in outdated { unlink(path) }
            let link = LedgerLink(sequence: previous.sequence + 1, of: line)
            try? AppendFile.replace(names.head, with: JSON.object(link.fields).bytes)
            return link
        } catch {
            notes.lost += 1
            throw error
        }
    }

    /// The end of the chain: the running file's last line, else the head, else the last line of the newest rotated file.
    ///
    /// A head that counts further than the file says that records were taken from the file's end. The chain then goes on
    /// with the head's count, so that the verifier finds them missing, however many records follow.
    private func lastLink() throws(FileTrouble) -> LedgerLink {
        let head = head
        let line = try Self.lastLine(of: AppendFile(path: names.running).tail(limit: Self.longestLine))
        guard let line else {
            if let head { return head }
            guard let newest = try rotated().last,
                // A damaged file is the verifier's to name; it must not keep new records from being written.
                let bytes = try? Folder.contents(of: names.path(newest.ending)), let last = Self.lastLine(of: bytes)
            else { return .genesis }
            return LedgerLink(sequence: Self.sequence(of: last) ?? 0, of: last)
        }
        let sequence = max(Self.sequence(of: line) ?? 0, head?.sequence ?? 0)
        return LedgerLink(sequence: sequence, of: line)
    }

    private var head: LedgerLink? {
        guard let bytes = try? Folder.contents(of: names.head, limit: 4096) else { return nil }
        return LedgerLink(try? JSON(parsing: bytes))
    }

    private func rotated() throws(FileTrouble) -> [LedgerNames.Rotated] {
        names.rotated(among: try Folder.names(in: names.folder))
    }

    private static func sequence(of line: [UInt8]) -> Int? {
        (try? JSON(parsing: line))?["sequence"]?.int.flatMap { $0 >= 0 && $0 < .max ? $0 : nil }
    }

    private static func lastLine(of bytes: [UInt8]) -> [UInt8]? {
        bytes.split(separator: .lineFeed).last.map(Array.init)
    }
}

extension LedgerFile {
    /// Moves what stands behind the last line feed into the `.torn` file, where it can be looked at.
    private mutating func setTornAside() throws(FileTrouble) {
        let file = AppendFile(path: names.running)
        let tail = try file.tail(limit: Self.longestLine)
        guard let size = file.size, let last = tail.last, last != .lineFeed else { return }
        let torn = Array(tail[(tail.lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0)...])
        try AppendFile(path: names.torn).append(line: torn, isDurable: true)
        try file.truncate(to: size - torn.count)
        notes.torn = (torn.count, LedgerLink.digest(torn))
    }

    /// First renamed, then packed, then removed: a crash leaves a file twice at worst, and never none.
    private mutating func rotateIfDue(_ now: Timestamp) throws(FileTrouble) {
        if let size = AppendFile(path: names.running).size, size >= limits.fileSize {
            let bytes = try Folder.contents(of: names.running)
            let day = (Self.firstTime(of: bytes) ?? now).day
            let number = (try rotated().filter { $0.day == day }.map(\.number).max() ?? 0) + 1
            let target = LedgerNames.Rotated(day: day, number: number, isPacked: false)
            guard rename(names.running, names.path(target.ending)) == 0 else {
                throw FileTrouble("rename", names.running, code: errno)
            }
        }
        // What cannot be packed now is as good unpacked, and tried again with the next record.
        for file in try rotated() where !file.isPacked { try? pack(file) }
    }

    private func pack(_ file: LedgerNames.Rotated) throws {
        let plain = names.path(file.ending)
        try AppendFile.replace("\(plain).gz", with: Gzip.pack(Folder.contents(of: plain)))
        unlink(plain)
    }

    /// Rotated files whose every record is older than records are kept: those followed by one that is.
    private mutating func outdatedFiles(_ now: Timestamp) throws(FileTrouble) -> [String] {
        let oldest = (now + .seconds(-86_400 * limits.days)).day
        let files = try rotated()
        var paths: [String] = []
        for (file, next) in zip(files, files.dropFirst()) where next.day < oldest {
            let path = names.path(file.ending)
            guard let bytes = try? Folder.contents(of: path), let last = Self.lastLine(of: bytes) else { break }
            notes.retired = LedgerLink(sequence: Self.sequence(of: last) ?? 0, of: last)
            paths.append(path)
        }
        return paths
    }

    private static func firstTime(of bytes: [UInt8]) -> Timestamp? {
        let line = bytes.prefix { $0 != .lineFeed }
        return (try? JSON(parsing: Array(line)))?["time"]?.string.flatMap(Timestamp.init)
    }
}

/// Held while a record is appended; without it where the file system has no locks.
private struct LedgerLock {
    private let descriptor: Int32

    init(_ path: String) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return }
        while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
    }

    func release() {
        if descriptor >= 0 { close(descriptor) }
    }
}
