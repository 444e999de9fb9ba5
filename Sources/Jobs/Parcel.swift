/// What a worker has for a job's client and the queue has not acknowledged: the last chunks of its stream, and its result.
///
/// Bodies are kept as they go over the wire: what was computed is encoded once, whatever becomes of its delivery.
public struct Parcel: Sendable, Hashable {
    /// Where it goes.
    public let address: ReturnAddress
    /// Bodies of chunks, in order; they go before the result.
    public var chunks: [[UInt8]]
    /// The body of the result.
    public var result: [UInt8]
    /// When the job was finished, in milliseconds since 1970: the time allowed for delivery counts from here.
    public let finished: Int

    /// Bytes of all bodies.
    public var size: Int { chunks.reduce(result.count) { $0 + $1.count } }

    /// A parcel.
    public init(address: ReturnAddress, chunks: [[UInt8]] = [], result: [UInt8], finished: Int) {
        self.address = address
        self.chunks = chunks
        self.result = result
        self.finished = finished
    }
}
