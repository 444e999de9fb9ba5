import JSON

/// What lies beside a partial file: which of its bytes are good, and of what.
///
/// The file itself cannot tell: it has its full size from the first byte on. A record that is older than the file only
/// costs bytes that are fetched again.
struct ResumeRecord: Sendable, Equatable {
    /// The size of the whole blob.
    let size: Int
    /// What the server called this version of it, where the digest is not known beforehand.
    var validator: String?
    var finished: RangeSet<Int>

    init(size: Int, validator: String? = nil, finished: RangeSet<Int> = RangeSet()) {
        self.size = size
        self.validator = validator
        self.finished = finished
    }

    /// Nil for what is no record, or one that cannot be believed: then the download begins anew.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes), json["version"]?.int == Self.version, let size = json["size"]?.int,
            size >= 0, let ranges = json["finished"]?.array
        else { return nil }
        finished = RangeSet()
        for range in ranges {
            guard let first = range[0]?.int, let end = range[1]?.int, (0...size).contains(first), first <= end,
                end <= size
            else { return nil }
            finished.insert(contentsOf: first..<end)
        }
        self.size = size
        validator = json["validator"]?.string
    }

    var bytes: [UInt8] {
        let ranges = finished.ranges.map { JSON.array([.number(.init($0.lowerBound)), .number(.init($0.upperBound))]) }
        var json: JSON.Object = [
            "version": .number(.init(Self.version)), "size": .number(.init(size)), "finished": .array(ranges),
        ]
        if let validator { json["validator"] = .string(validator) }
        return JSON.object(json).bytes
    }

    private static let version = 1
}
