/// How an engine should read its weights.
public enum LoadMode: String, Sendable, Hashable, CaseIterable {
    /// Map the file; pages come as they are touched, and stay shared with the page cache.
    case mmap
    /// Read into memory of the engine's own.
    case read
    /// Read past the page cache.
    case direct

    /// What the choice rests on.
    public struct Facts: Sendable, Hashable {
        /// Bytes of the weights.
        public var weights: Int
        /// Share of them in the page cache, 0 to 1.
        public var residentShare: Double
        /// Bytes that may be filled (`MemoryFacts.room`).
        public var room: Int
        /// Whether the mount is a network's (`Mount.isNetwork`).
        public var isNetwork: Bool
        /// Bytes that the kernel reads ahead there.
        public var readAhead: Int
        /// Whether weights go to a GPU's memory and are not needed in ours afterwards.
        public var usesGPU: Bool
        /// Whether a prefetch fills the page cache meanwhile.
        public var isPrefetching: Bool
        /// Whether this engine and file system can read past the page cache.
        public var canReadDirect: Bool

        /// Facts by hand.
        public init(
            weights: Int,
            residentShare: Double,
            room: Int,
            isNetwork: Bool,
            readAhead: Int,
            usesGPU: Bool,
            isPrefetching: Bool,
            canReadDirect: Bool
        ) {
            self.weights = weights
            self.residentShare = residentShare
            self.room = room
            self.isNetwork = isNetwork
            self.readAhead = readAhead
            self.usesGPU = usesGPU
            self.isPrefetching = isPrefetching
            self.canReadDirect = canReadDirect
        }
    }

    /// The mode and, for the log, why.
    public static func choose(_ facts: Facts) -> (mode: LoadMode, reason: String) {
        let missing = Int(Double(facts.weights) * (1 - min(1, max(0, facts.residentShare))))
        if missing == 0 || facts.residentShare >= PrefetchDecision.cachedShare {
            // Measured on a CPU, all cached: 0.90 s against 1.90 s, for nothing is copied.
            return (.mmap, "the weights are in the page cache")
        }
        if facts.room < missing {
            // Mapped pages that do not fit are dropped and fetched again, a page at a time: 67 s against 14.5 s were
            // reported for a GPU with 8 GB of memory beside it.
            return facts.usesGPU
                ? past(facts, "memory does not hold the weights") : (.mmap, "memory does not hold a copy")
        }
        // Measured with a prefetch beside it: 1.23 s against 1.84 s.
        if facts.isPrefetching { return (.mmap, "a prefetch fills the page cache") }
        if facts.isNetwork, facts.readAhead < wideReadAhead, facts.canReadDirect {
            // One reader that maps, at 128 KiB read ahead: 42 MB/s; direct reads of 4 MiB: 369.
            return (.direct, "the kernel reads ahead only \(facts.readAhead >> 10) KiB on this network mount")
        }
        return (.mmap, "the kernel reads ahead \(facts.readAhead >> 10) KiB")
    }

    private static func past(_ facts: Facts, _ reason: String) -> (LoadMode, String) {
        facts.canReadDirect ? (.direct, reason) : (.read, reason)
    }

    /// From here on a mapping was seen to read faster than direct reads by one reader (657 against 327 MB/s at 4 MiB).
    private static let wideReadAhead = 2 << 20
}
