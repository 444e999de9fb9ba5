/// Whether prefetching is worth beginning. Pure.
struct PrefetchDecision: Sendable, Hashable {
    var isEnabled = true
    /// Bytes of all files.
    var total: Int
    /// Share of them in memory, 0 to 1.
    var residentShare: Double
    /// Bytes of memory that may be filled.
    var room: Int

    /// An engine takes longer to start than any storage to read this.
    static let smallest = 16 << 20
    /// A few pages lost are not worth a pass over the file; the engine reads them in no time.
    static let cachedShare = 0.97

    /// Why not; nil: go on.
    var skipReason: PrefetchReport.SkipReason? {
        if !isEnabled { return .disabled }
        if total < Self.smallest { return .tooSmall(bytes: total) }
        if residentShare >= Self.cachedShare { return .alreadyCached(share: residentShare) }
        let needs = Int(Double(total) * (1 - max(0, residentShare)))
        return needs > room ? .noRoom(needs: needs, room: room) : nil
    }
}
