public import JSON

/// Records for other programs.
public enum LedgerTable {
    /// An array of the records, one a line.
    public static func json(_ records: [JSON]) -> String {
        records.isEmpty ? "[]\n" : "[\n\(records.map(\.description).joined(separator: ",\n"))\n]\n"
    }

    /// A table by RFC 4180, with a header: a record's plain members, then a column in milliseconds for each phase that
    /// occurs, the sum where it occurs more than once.
    public static func csv(_ records: [JSON]) -> String {
        let phases = records.flatMap { names(ofPhasesIn: $0) }
        var seen: Set<String> = []
        let columns = phases.filter { seen.insert($0).inserted }
        let header = members + columns.map { "\($0)_ms" }
        let rows = records.map { record in
            members.map { cell(record[$0]) } + columns.map { cell(length(of: $0, in: record)) }
        }
        return ([header.map(quoted)] + rows).map { $0.joined(separator: ",") + "\r\n" }.joined()
    }

    private static let members = [
        "sequence", "time", "worker", "model", "digest", "quantisation", "engine", "engine_version", "device", "driver",
        "kind", "outcome", "error", "total_ms", "previous",
    ]

    private static func names(ofPhasesIn record: JSON) -> [String] {
        (record["phases"]?.array ?? []).compactMap { $0["name"]?.string }
    }

    private static func length(of phase: String, in record: JSON) -> JSON? {
        let lengths = (record["phases"]?.array ?? []).filter { $0["name"]?.string == phase }.compactMap {
            $0["ms"]?.double
        }
        guard !lengths.isEmpty else { return nil }
        let sum = lengths.reduce(0, +) * 1000
        // What was not written by us may be any number.
        return sum.isFinite ? JSON(microseconds: Int(min(max(-1e15, sum), 1e15).rounded())) : nil
    }

    private static func cell(_ value: JSON?) -> String {
        switch value {
        case nil, .null: ""
        case .string(let text): quoted(text)
        case .some(let value): quoted(value.description)
        }
    }

    /// A text that a spreadsheet would take for a formula gets an apostrophe before it: model names come from jobs.
    private static func quoted(_ text: String) -> String {
        let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
        let text = isFormula ? "'\(text)" : text
        guard text.unicodeScalars.contains(where: { ",\"\r\n".unicodeScalars.contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
