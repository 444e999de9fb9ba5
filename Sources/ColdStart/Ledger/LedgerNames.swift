/// The files of one worker's ledger.
///
/// ```
/// ledger-<worker>.jsonl                     the running one
/// ledger-<worker>.2026-11-21.jsonl.gz       a rotated one, by the day of its first record
/// ledger-<worker>.2026-11-21.2.jsonl.gz     the second of that day
/// ledger-<worker>.head                      sequence and digest of the last record
/// ledger-<worker>.torn                      lines that crashes cut short
/// ledger-<worker>.lock                      held while a record is appended
/// ```
struct LedgerNames: Sendable, Hashable {
    let folder: String
    /// `ledger-<worker>`.
    let stem: String

    init(folder: String, worker: String) {
        self.init(folder: folder, stem: "ledger-\(FileName.part(worker))")
    }

    init(folder: String, stem: String) {
        self.folder = folder
        self.stem = stem
    }

    var running: String { path("jsonl") }
    var head: String { path("head") }
    var torn: String { path("torn") }
    var lock: String { path("lock") }

    func path(_ ending: String) -> String { "\(folder)/\(stem).\(ending)" }

    /// A file that is no longer appended to.
    struct Rotated: Sendable, Hashable, Comparable {
        let day: String
        /// Of several that begin on one day.
        let number: Int
        let isPacked: Bool

        var ending: String { "\(day)\(number > 1 ? ".\(number)" : "").jsonl\(isPacked ? ".gz" : "")" }

        static func < (left: Rotated, right: Rotated) -> Bool {
            (left.day, left.number, left.isPacked ? 1 : 0) < (right.day, right.number, right.isPacked ? 1 : 0)
        }
    }

    /// The rotated files among a folder's names, oldest first. One that is there packed and plain is given packed: a
    /// crash came between packing and removing.
    func rotated(among names: [String]) -> [Rotated] {
        let all = names.compactMap(rotated(_:))
        return all.filter { file in
            file.isPacked || !all.contains(.init(day: file.day, number: file.number, isPacked: true))
        }.sorted()
    }

    private func rotated(_ name: String) -> Rotated? {
        guard name.hasPrefix(stem + ".") else { return nil }
        var parts = name.dropFirst(stem.utf8.count + 1).split(separator: ".", omittingEmptySubsequences: false)
        let isPacked = parts.last == "gz"
        if isPacked { parts.removeLast() }
        guard parts.popLast() == "jsonl", let day = parts.first.map(String.init), day.utf8.count == 10,
            Timestamp(day) != nil
        else { return nil }
        switch parts.count {
        case 1: return Rotated(day: day, number: 1, isPacked: isPacked)
        case 2: return Int(parts[1]).flatMap { $0 > 1 ? Rotated(day: day, number: $0, isPacked: isPacked) : nil }
        default: return nil
        }
    }

    /// The ledgers in a folder, by the stems of their files.
    static func all(in folder: String, names: [String]) -> [LedgerNames] {
        let stems = names.filter { name in
            name.hasPrefix("ledger-")
                && (name.hasSuffix(".jsonl") || name.hasSuffix(".jsonl.gz") || name.hasSuffix(".head"))
        }.map { String($0.prefix { $0 != "." }) }
        return Set(stems).sorted().map { LedgerNames(folder: folder, stem: $0) }
    }
}
