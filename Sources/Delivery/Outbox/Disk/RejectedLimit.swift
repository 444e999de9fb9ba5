/// How much of what the queue refused is kept. Pure.
struct RejectedLimit {
    /// A file that lies there.
    struct Entry: Hashable {
        let file: String
        let size: Int
        /// In milliseconds, by the volume's clock.
        let written: Int
    }

    /// In milliseconds.
    var age = 7 * 24 * 3_600_000
    /// Of all files together.
    var bytes = 1 << 30

    /// What has to go, each result with all its files; the oldest first, and never the youngest.
    func excess(of entries: [Entry], now: Int) -> [[Entry]] {
        let results = Dictionary(grouping: entries) { $0.file.prefix { $0 != "." } }.values
            .map { (files: $0, written: $0.map(\.written).max() ?? 0, name: $0[0].file) }
            .sorted { ($0.written, $0.name) < ($1.written, $1.name) }
        var total = entries.map(\.size).reduce(0, +)
        return results.dropLast()
            .prefix(while: { result in
                guard total > bytes || now - result.written > age else { return false }
                total -= result.files.map(\.size).reduce(0, +)
                return true
            })
            .map(\.files)
    }
}
