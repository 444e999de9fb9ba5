import Crypto
import JSON

/// What chains one line of a ledger to the one before it.
public struct LedgerLink: Sendable, Hashable {
    /// Counts the worker's records from 1.
    public let sequence: Int
    /// Of the line's bytes without its line feed, in hexadecimal digits.
    public let sha256: String

    /// Before the first record.
    static let genesis = LedgerLink(sequence: 0, sha256: String(repeating: "0", count: 64))

    init(sequence: Int, sha256: String) {
        self.sequence = sequence
        self.sha256 = sha256
    }

    init(sequence: Int, of line: [UInt8]) {
        self.init(sequence: sequence, sha256: Self.digest(line))
    }

    static func digest(_ bytes: some Sequence<UInt8>) -> String {
        let bytes = Array(bytes)
        var hash = SHA256()
        bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
        let digits = Array("0123456789abcdef".utf8)
        let text = hash.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}

/// What a record says besides its initialisation: that something happened to the ledger before it.
struct LedgerNotes: Sendable, Hashable {
    /// Bytes of a line that a crash cut short, and their digest: they are in the `.torn` file.
    var torn: (bytes: Int, sha256: String)?
    /// Records that could not be written, because the disk did not take them.
    var lost = 0
    /// Records up to this one were deleted, being older than they are kept.
    var retired: LedgerLink?

    var isEmpty: Bool { torn == nil && lost == 0 && retired == nil }

    static func == (left: LedgerNotes, right: LedgerNotes) -> Bool { left.fields == right.fields }
    func hash(into hasher: inout Hasher) { hasher.combine(fields) }

    fileprivate var fields: JSON.Object {
        var fields: JSON.Object = [:]
        if let torn { fields["torn"] = ["bytes": JSON(torn.bytes), "sha256": .string(torn.sha256)] }
        if lost > 0 { fields["lost"] = JSON(lost) }
        if let retired { fields["retired"] = .object(retired.fields) }
        return fields
    }
}

/// A line of a ledger: the entry, its place and what chains it to the line before.
enum LedgerLine {
    /// `{"sequence": 12, "time": …, …, "previous": "<64 digits>"}`, without a line feed.
    static func bytes(_ entry: LedgerEntry, after previous: LedgerLink, notes: LedgerNotes) -> [UInt8] {
        var members: JSON.Object = ["sequence": JSON(previous.sequence + 1)]
        for (key, value) in entry.fields { members[key] = value }
        if !notes.isEmpty { members["notes"] = .object(notes.fields) }
        members["previous"] = .string(previous.sha256)
        return JSON.object(members).bytes
    }
}

extension LedgerLink {
    /// As it stands in notes and in the head file.
    var fields: JSON.Object { ["sequence": JSON(sequence), "sha256": .string(sha256)] }

    init?(_ json: JSON?) {
        guard let sequence = json?["sequence"]?.int, (0..<Int.max).contains(sequence),
            let sha256 = json?["sha256"]?.string,
            sha256.utf8.count == 64
        else { return nil }
        self.init(sequence: sequence, sha256: sha256)
    }
}
