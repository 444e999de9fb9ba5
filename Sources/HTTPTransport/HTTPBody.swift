/// The bytes of a body as they arrive, inflated, in pieces of any size but never empty.
///
/// What the reader does not take waits here, up to `Configuration.bufferedBytes`; beyond that the server waits. There is
/// one body, however many iterators: each byte is handed out once. Cancelling the reading task, or dropping the body
/// before its end, closes the connection at once.
public struct HTTPBody: AsyncSequence, Sendable {
    /// A piece of the body.
    public typealias Element = [UInt8]
    /// What ends a body early.
    public typealias Failure = HTTPError

    private let lease: Lease

    init(_ exchange: StreamingExchange, keeping client: HTTPClient) {
        lease = Lease(exchange, keeping: client)
    }

    var exchange: StreamingExchange { lease.exchange }

    /// A reader.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(lease: lease)
    }

    /// Reads the body piece by piece.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let lease: Lease

        /// The next piece; `nil` at the end.
        public mutating func next() async throws(HTTPError) -> [UInt8]? {
            try await lease.exchange.nextChunk()
        }

        /// The next piece; `nil` at the end.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(HTTPError) -> [UInt8]? {
            try await lease.exchange.nextChunk()
        }
    }

    /// The last copy of the body to go takes the exchange with it. The transfer thread knows only the exchange, so that it
    /// does not keep alive what nobody reads.
    fileprivate final class Lease: Sendable {
        let exchange: StreamingExchange
        /// A body outlives its client if somebody still reads it.
        private let client: HTTPClient

        init(_ exchange: StreamingExchange, keeping client: HTTPClient) {
            self.exchange = exchange
            self.client = client
        }

        deinit {
            exchange.cancel()
        }
    }
}
