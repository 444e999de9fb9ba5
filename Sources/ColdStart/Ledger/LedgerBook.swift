public import JSON

/// The ledgers of all workers in a folder, or one that is given as files.
public struct LedgerBook: Sendable {
    /// `ledger-<worker>`, or the name of the first file.
    public let name: String
    /// Oldest first.
    private let files: [String]
    private let head: String?

    /// Every ledger of a state folder.
    public static func all(in folder: String) throws(FileTrouble) -> [LedgerBook] {
        let entries = try Folder.names(in: folder)
        return LedgerNames.all(in: folder, names: entries).map { names in
            let rotated = names.rotated(among: entries).map { names.path($0.ending) }
            let hasRunning = entries.contains("\(names.stem).jsonl")
            let hasHead = entries.contains("\(names.stem).head")
            return LedgerBook(
                name: names.stem,
                files: rotated + (hasRunning ? [names.running] : []),
                head: hasHead ? names.head : nil
            )
        }
    }

    /// The ledgers of folders, and files as they were copied somewhere, those of one worker in the given order.
    public static func at(_ paths: [String]) throws(FileTrouble) -> [LedgerBook] {
        var books: [LedgerBook] = []
        for path in paths {
            if Folder.isFolder(path) {
                books += try all(in: path)
                continue
            }
            // A name begins with its worker's; what comes after the first dot says which part it is.
            let name = String((path.split(separator: "/").last ?? "").prefix { $0 != "." })
            if let index = books.firstIndex(where: { $0.name == name && $0.head == nil }) {
                books[index] = LedgerBook(name: name, files: books[index].files + [path], head: nil)
            } else {
                books.append(LedgerBook(name: name, files: [path], head: nil))
            }
        }
        return books
    }

    private init(name: String, files: [String], head: String?) {
        self.name = name
        self.files = files
        self.head = head
    }

    /// Follows the chain. Reads every file; blocks.
    public func verify() throws(FileTrouble) -> Result<LedgerSummary, LedgerBreak> {
        var link: LedgerLink?
        if let head {
            guard let found = LedgerLink(try? JSON(parsing: try Folder.contents(of: head, limit: 1 << 20))) else {
                return .failure(LedgerBreak(file: head, "is not a head file: it has no sequence and SHA-256"))
            }
            link = found
        }
        do {
            return LedgerVerifier.verify(try lines(), head: link)
        } catch let trouble where trouble.operation == Folder.unpacking {
            // It could be read: it is the ledger that is broken, not the way to it.
            return .failure(LedgerBreak(file: trouble.path, "cannot be unpacked: \(trouble.reason)"))
        }
    }

    /// The records that began within a range of time, as they are in the files. Lines that are no records are left out:
    /// ``verify()`` names them. Reads every file; blocks.
    public func records(within range: ClosedRange<Timestamp>) throws(FileTrouble) -> [JSON] {
        try lines().compactMap { line in
            guard let json = try? JSON(parsing: line.bytes), let time = json["time"]?.string.flatMap(Timestamp.init),
                range.contains(time)
            else { return nil }
            return json
        }
    }

    private func lines() throws(FileTrouble) -> [LedgerVerifier.Line] {
        var lines: [LedgerVerifier.Line] = []
        for file in files {
            // Not `LineSplitter`: it drops a carriage return, and every byte is part of the digest.
            let parts = try Folder.contents(of: file).split(separator: .lineFeed, omittingEmptySubsequences: false)
            for (index, bytes) in parts.enumerated() where index < parts.count - 1 || !bytes.isEmpty {
                let isWhole = index < parts.count - 1
                lines.append(.init(file: file, number: index + 1, bytes: Array(bytes), isWhole: isWhole))
            }
        }
        return lines
    }
}
