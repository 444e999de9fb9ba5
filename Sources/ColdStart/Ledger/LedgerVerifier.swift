import JSON

/// Follows a ledger's chain from its first record to its last, and names the first that breaks it. Pure: files are read
/// elsewhere.
struct LedgerVerifier: Sendable {
    /// A line and where it stands.
    struct Line: Sendable {
        let file: String
        /// From 1.
        let number: Int
        let bytes: [UInt8]
        /// Whether a line feed stands behind it.
        let isWhole: Bool
    }

    private struct Record {
        let line: Line
        let link: LedgerLink
        let previous: String
        let retired: LedgerLink?
    }

    /// - Parameters:
    ///   - lines: of all files, oldest file first
    ///   - head: what the head file says; nil if there is none
    static func verify(_ lines: [Line], head: LedgerLink?) -> Result<LedgerSummary, LedgerBreak> {
        Result { () throws(LedgerBreak) in
            var records: [Record] = []
            for line in lines { records.append(try record(line)) }
            guard let first = records.first, let last = records.last else {
                guard let head, head.sequence > 0 else { return LedgerSummary(records: 0, first: 1, head: .genesis) }
                throw LedgerBreak(nil, "all \(head.sequence) records that the head file knows of are missing")
            }
            try checkBeginning(first, records)
            for index in records.indices.dropFirst() { try check(index, in: records) }
            try check(head, against: records)
            return LedgerSummary(records: records.count, first: first.link.sequence, head: last.link)
        }
    }

    private static func record(_ line: Line) throws(LedgerBreak) -> Record {
        guard line.isWhole else {
            throw LedgerBreak(line, "is cut short: no line feed ends it")
        }
        let json: JSON
        do {
            json = try JSON(parsing: line.bytes)
        } catch {
            throw LedgerBreak(line, "is not JSON: \(error)")
        }
        guard let sequence = json["sequence"]?.int, sequence > 0, sequence < .max else {
            throw LedgerBreak(line, "is no record: its sequence is not a number from 1")
        }
        guard let previous = json["previous"]?.string, previous.utf8.count == 64 else {
            throw LedgerBreak(line, "is no record: previous is not a SHA-256")
        }
        return Record(
            line: line,
            link: LedgerLink(sequence: sequence, of: line.bytes),
            previous: previous,
            retired: LedgerLink(json["notes"]?["retired"])
        )
    }

    /// A ledger may begin in the middle if a later record says that those before it were deleted for their age.
    private static func checkBeginning(_ first: Record, _ records: [Record]) throws(LedgerBreak) {
        let sequence = first.link.sequence
        guard sequence > 1 else {
            guard first.previous == LedgerLink.genesis.sha256 else {
                throw LedgerBreak(first.line, "is record 1, but says that one stood before it")
            }
            return
        }
        let before = LedgerLink(sequence: sequence - 1, sha256: first.previous)
        guard records.contains(where: { $0.retired == before }) else {
            try checkOrder(of: 0, expecting: 1, in: records)
            return
        }
    }

    private static func check(_ index: Int, in records: [Record]) throws(LedgerBreak) {
        let (before, record) = (records[index - 1], records[index])
        try checkOrder(of: index, expecting: before.link.sequence + 1, in: records)
        guard record.previous == before.link.sha256 else {
            // Either line may have been touched; the record behind them is the witness of the second.
            let isVouchedFor = records.indices.contains(index + 1) && records[index + 1].previous == record.link.sha256
            throw LedgerBreak(
                before.line,
                "was changed after it was written: its SHA-256 is not the one that record \(record.link.sequence) names"
                    + (isVouchedFor ? "" : ", unless that one was changed")
            )
        }
    }

    private static func checkOrder(of index: Int, expecting expected: Int, in records: [Record]) throws(LedgerBreak) {
        let found = records[index].link.sequence
        guard found != expected else { return }
        let line = records[index].line
        guard found > expected else {
            throw LedgerBreak(
                line,
                "is record \(found) where record \(expected) belongs: it is repeated or out of order"
            )
        }
        if let later = records.first(where: { $0.link.sequence == expected }) {
            throw LedgerBreak(
                line,
                "is record \(found) where record \(expected) belongs, which stands in \(later.line.place): they were reordered"
            )
        }
        let missing = found - 1 == expected ? "record \(expected) is" : "records \(expected) to \(found - 1) are"
        throw LedgerBreak(line, "is record \(found): \(missing) missing before it")
    }

    /// The head file may be one record behind, after a crash; never ahead.
    private static func check(_ head: LedgerLink?, against records: [Record]) throws(LedgerBreak) {
        guard let head, head.sequence > 0, let last = records.last else { return }
        guard head.sequence <= last.link.sequence else {
            throw LedgerBreak(
                last.line,
                "is the last, but the head file knows \(head.sequence): the end was cut off"
            )
        }
        if let record = records.first(where: { $0.link.sequence == head.sequence }), record.link.sha256 != head.sha256 {
            throw LedgerBreak(record.line, "was changed after it was written: its SHA-256 is not the head file's")
        }
    }
}

/// A ledger whose chain holds.
public struct LedgerSummary: Sendable, Hashable {
    /// How many records there are.
    public let records: Int
    /// The first one's number: above 1 where older ones were deleted for their age.
    public let first: Int
    /// The last record. A copy of it elsewhere bears witness against whoever rewrites the whole ledger.
    public let head: LedgerLink
}

/// The first place where a ledger's chain does not hold.
public struct LedgerBreak: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file, if there is one to point at.
    public let file: String?
    /// The line, from 1.
    public let line: Int?
    /// What is wrong with it.
    public let what: String

    init(_ line: LedgerVerifier.Line?, _ what: String) {
        file = line?.file
        self.line = line?.number
        self.what = what
    }

    init(file: String, _ what: String) {
        self.file = file
        line = nil
        self.what = what
    }

    /// `ledger-a.jsonl, line 12: was changed …`.
    public var description: String {
        let place = [file?.printable, line.map { "line \($0)" }].compactMap { $0 }.joined(separator: ", ")
        return place.isEmpty ? what : "\(place): \(what)"
    }
}

extension LedgerVerifier.Line {
    fileprivate var place: String { "\(file.printable), line \(number)" }
}
