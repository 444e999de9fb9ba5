import Glibc
import JSON
import Support

/// Keeps finished starts in the state folder, a line each, off every path that somebody waits on.
///
/// Keeping them is never worth a worker: a disk that is full or cannot be written is reported once, and again only after
/// it was well in between.
public final class StartArchive: Sendable {
    /// A start takes 3 to 5 KB: two files of these, the running one and the one before, hold some 1,500.
    public static let defaultLimit = 4 << 20

    private let queue: BackgroundQueue<KeptStart, ArchiveFile>
    private let trouble: TroubleReport
    private let path: String

    /// - Parameters:
    ///   - folder: the state folder; made if it is not there
    ///   - worker: goes into the file's name, `starts-<worker>.jsonl`
    ///   - limit: bytes after which the file is begun anew, and the one before it dropped
    ///   - onTrouble: gets the reason, once an outage, on a thread that may block
    public init(
        folder: String,
        worker: String,
        limit: Int = StartArchive.defaultLimit,
        onTrouble: @escaping @Sendable (FileTrouble) -> Void
    ) {
        let trouble = TroubleReport(onTrouble)
        let file = ArchiveFile(folder: folder, name: "starts-\(FileName.part(worker))", limit: limit)
        self.trouble = trouble
        path = file.file.path
        queue = BackgroundQueue(state: file) { start, file in
            trouble.report { () throws(FileTrouble) in try file.append(start) }
        }
    }

    /// Keeps a start. Returns at once.
    public func keep(_ start: KeptStart) {
        do {
            try queue.add(start)
        } catch {
            trouble.refused("append to", path, error)
        }
    }

    /// Returns true when all starts so far are in their file, false when that takes too long: before the process ends.
    @discardableResult
    public func flush(within time: Duration = .seconds(5)) async -> Bool {
        await queue.flush(within: time)
    }
}

/// `starts-<worker>.jsonl` and the one before it, `starts-<worker>.1.jsonl`.
private struct ArchiveFile: Sendable {
    let folder: String
    let name: String
    let limit: Int

    var file: AppendFile { AppendFile(path: "\(folder)/\(name).jsonl") }

    func append(_ start: KeptStart) throws(FileTrouble) {
        try Folder.make(folder)
        if let size = file.size, size >= limit {
            guard rename(file.path, "\(folder)/\(name).1.jsonl") == 0 else {
                throw FileTrouble("rename", file.path, code: errno)
            }
        }
        // A line that a crash cut short ends here, and costs only itself.
        let last = try file.tail(limit: 1).last ?? .lineFeed
        try file.append(line: (last == .lineFeed ? [] : [.lineFeed]) + start.json.bytes, isDurable: false)
    }
}
