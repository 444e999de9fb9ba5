/// Which bytes of a blob are on disk, which are on their way, and what is to be asked for next.
///
/// The lowest bytes go first, so that the front, which the hash follows, moves with the download.
struct RangePlan: Sendable, Equatable {
    let size: Int
    private(set) var finished: RangeSet<Int>
    private var claimed = RangeSet<Int>()

    /// - Parameter finished: what an earlier attempt left; what lies outside of the blob is dropped
    init(size: Int, finished: RangeSet<Int> = RangeSet()) {
        self.size = size
        self.finished = finished.intersection(RangeSet(0..<max(size, 0)))
    }

    var isComplete: Bool { front == size }

    /// Bytes on disk.
    var count: Int { finished.ranges.reduce(0) { $0 + $1.count } }

    /// The end of what is on disk without a gap from byte 0.
    var front: Int {
        guard let first = finished.ranges.first, first.lowerBound == 0 else { return 0 }
        return first.upperBound
    }

    /// The next bytes that nobody has or fetches, at most `length` of them; nil: there are none.
    mutating func claim(upTo length: Int) -> Range<Int>? {
        let open = RangeSet(0..<size).subtracting(finished).subtracting(claimed)
        guard let gap = open.ranges.first, length > 0 else { return nil }
        let range = gap.lowerBound..<min(gap.upperBound, gap.lowerBound + length)
        claimed.insert(contentsOf: range)
        return range
    }

    /// These bytes are on disk.
    mutating func finish(_ range: Range<Int>) {
        finished.insert(contentsOf: range.clamped(to: 0..<size))
        claimed.remove(contentsOf: range)
    }

    /// These bytes will not come from whom they were asked of: others may.
    mutating func release(_ range: Range<Int>) {
        claimed.remove(contentsOf: range)
    }
}
