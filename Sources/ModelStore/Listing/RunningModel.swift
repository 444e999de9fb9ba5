/// A model in memory, as whoever loaded it knows it.
public struct RunningModel: Sendable, Hashable {
    /// What jobs call it.
    public var name: String
    /// Bytes that it takes in memory of either kind: weights, cache and intermediate results.
    public var bytes: Int
    /// Bytes of these that are on the GPU; nil: unknown.
    public var gpuBytes: Int?
    /// The tokens that each conversation may have; nil: unknown.
    public var contextLength: Int?
    /// When it leaves the memory if nobody asks for it, in nanoseconds since 1970; nil: it stays.
    public var expires: Int?

    /// A model in memory.
    public init(name: String, bytes: Int, gpuBytes: Int? = nil, contextLength: Int? = nil, expires: Int? = nil) {
        self.name = name
        self.bytes = bytes
        self.gpuBytes = gpuBytes
        self.contextLength = contextLength
        self.expires = expires
    }
}
