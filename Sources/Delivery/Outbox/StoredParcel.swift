public import Jobs

/// A parcel that lies in the outbox. Its bodies are on disk only.
public struct StoredParcel: Sendable, Hashable {
    /// Tells it from all others, of this worker and of others, for as long as it exists; sorted by it, the oldest is first.
    public let name: String
    /// Whose it is and where it goes.
    public let address: ReturnAddress
    /// When the job was finished, in milliseconds since 1970.
    public let finished: Int
    /// What it takes on disk.
    public let bytes: Int
    /// How many chunks it was stored with.
    public let chunks: Int
    /// How many of them the queue has taken since.
    public internal(set) var acknowledged: Int

    /// How many chunks are still to be sent before the result.
    public var chunksLeft: Int { max(0, chunks - acknowledged) }

    /// A stored parcel, for tests of those who deliver it.
    public init(name: String, address: ReturnAddress, finished: Int, bytes: Int, chunks: Int, acknowledged: Int = 0) {
        self.name = name
        self.address = address
        self.finished = finished
        self.bytes = bytes
        self.chunks = chunks
        self.acknowledged = acknowledged
    }
}
