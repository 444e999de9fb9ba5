/// How far a prefetch has come.
public struct PrefetchProgress: Sendable, Hashable {
    /// Bytes that are in memory: read, or found there.
    public let done: Int
    /// Bytes of all files.
    public let total: Int
}

/// What a prefetch did, for the log and the timeline.
public struct PrefetchReport: Sendable, Hashable {
    /// Why it ended.
    public enum End: Sendable, Hashable {
        /// All is in memory.
        case complete
        /// It was told to stop, mostly because the load was done.
        case stopped
        /// It never began.
        case skipped(SkipReason)
        /// It gave up after it had begun.
        case gaveUp(SkipReason)
        /// A file could not be read. The engine will say so itself: this is no failure of the start.
        case failed(FileFailure)
    }

    /// Why prefetching is of no use here.
    public enum SkipReason: Sendable, Hashable {
        /// The settings say so.
        case disabled
        /// Fewer bytes than reading ahead could save time on.
        case tooSmall(bytes: Int)
        /// This share of the weights, 0 to 1, is in memory already.
        case alreadyCached(share: Double)
        /// Memory would not hold the weights; pages would be dropped before the engine comes to them.
        case noRoom(needs: Int, room: Int)
        /// The mount drops what is cached of a file when it is opened again, so the engine would find nothing.
        case cacheDropped
        /// A disk that gives a single reader all it has.
        case localFast(bytesPerSecond: Double)
    }

    /// How bytes came into the page cache.
    public enum Method: String, Sendable, Hashable {
        /// The kernel was asked and did it all, nothing was copied to us.
        case readAhead = "readahead"
        /// Most was read, because the kernel dropped requests or does not tell what became of them.
        case read
    }

    /// Why it ended.
    public var end: End
    /// Bytes that came from the volume through us.
    public var bytesRead = 0
    /// Bytes that were in memory before we came to them, mostly by the engine's own reads.
    public var bytesResident = 0
    /// Bytes of all files.
    public var bytesTotal = 0
    /// From the start to the end.
    public var duration = Duration.zero
    /// The best rate of a measured window, in bytes a second; 0 if it was over before one.
    public var bestBandwidth = 0.0
    /// The number of readers at the end.
    public var readers = 0
    /// How most bytes came.
    public var method = Method.readAhead
}

extension PrefetchReport.SkipReason: CustomStringConvertible {
    /// For a log line.
    public var description: String {
        switch self {
        case .disabled: "switched off by the settings"
        case .tooSmall(let bytes): "only \(megabytes(bytes)) MB"
        case .alreadyCached(let share): "\(Int(share * 100)) % of the weights are in memory already"
        case .noRoom(let needs, let room):
            "needs \(megabytes(needs)) MB of memory and there is room for \(megabytes(room)) MB; give the container more"
        case .cacheDropped:
            "the mount drops its cache when a file is opened again; mount it with its cache kept (FUSE: keep_cache)"
        case .localFast(let rate): "the disk gives one reader all it has (\(megabytes(Int(rate))) MB/s)"
        }
    }

    private func megabytes(_ bytes: Int) -> Int { bytes / 1_000_000 }
}
