/// How many results wait for the queue, and whether that is too many to take more jobs. Pure.
public struct Backlog: Sendable {
    /// What may wait.
    public struct Limits: Sendable, Hashable {
        /// Results.
        public var results: Int
        /// Bytes of them.
        public var bytes: Int
        /// Results that are in memory only since the disk did not take them: a crash would cost their work.
        public var unsaved: Int

        /// Limits; by default 1,000 results, 1 GiB, and 16 that are nowhere but in memory.
        public init(results: Int = 1000, bytes: Int = 1 << 30, unsaved: Int = 16) {
            self.results = results
            self.bytes = bytes
            self.unsaved = unsaved
        }
    }

    /// A result that waits.
    public struct Item: Sendable, Hashable {
        /// Bytes of its body and of its chunks.
        public var bytes: Int
        /// False while it is in memory only, though it should be on the disk.
        public var isSaved: Bool

        /// An item.
        public init(bytes: Int, isSaved: Bool) {
            self.bytes = bytes
            self.isSaved = isSaved
        }
    }

    private let limits: Limits
    private var items: [String: Item] = [:]
    /// Whether so much waits that no more jobs should be taken. Stays so until a tenth is free again, so that a worker at
    /// the brink does not go back and forth with each result.
    public private(set) var isFull = false

    /// Nothing waits.
    public init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Results that wait.
    public var count: Int { items.count }

    /// What is known of a job's result now; nil: it waits no longer.
    ///
    /// - Returns: whether `isFull` changed
    public mutating func update(_ job: String, _ item: Item?) -> Bool {
        items[job] = item
        let bytes = items.values.reduce(0) { $0 + $1.bytes }
        let unsaved = items.values.count { !$0.isSaved }
        let was = isFull
        if was {
            isFull =
                !(isBelow(items.count, limits.results) && isBelow(bytes, limits.bytes)
                && isBelow(unsaved, limits.unsaved))
        } else {
            isFull = items.count >= limits.results || bytes >= limits.bytes || unsaved >= limits.unsaved
        }
        return isFull != was
    }

    private func isBelow(_ amount: Int, _ limit: Int) -> Bool { amount <= limit - max(1, limit / 10) }
}
