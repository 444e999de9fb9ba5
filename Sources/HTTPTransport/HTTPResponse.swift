/// The head of an answer, and its body on the way.
public struct HTTPResponse: Sendable {
    /// 200 and above; interim 1xx answers are passed over.
    public let status: Int
    /// As the server sent them, trailers excluded.
    public let headers: HTTPHeaders
    /// The body, inflated. Dropping it unread closes the connection.
    public let body: HTTPBody

    /// Reads the body to its end.
    ///
    /// - Throws: `HTTPError` with code `.tooLarge`, and the connection is closed, as soon as there are more than `limit`
    ///   bytes; otherwise what ended the body early.
    public func collect(upTo limit: Int) async throws(HTTPError) -> [UInt8] {
        var whole: [UInt8] = []
        while let chunk = try await body.exchange.nextChunk() {
            guard whole.count + chunk.count <= limit else {
                body.exchange.cancel()
                throw .tooLarge(body: limit, from: body.exchange.origin)
            }
            if whole.isEmpty { whole = chunk } else { whole += chunk }
        }
        return whole
    }
}

/// A whole answer, body included: what ``HTTPClient/fetch(_:upTo:)`` returns.
public struct HTTPReply: Sendable {
    /// 200 and above.
    public let status: Int
    /// As the server sent them, trailers excluded.
    public let headers: HTTPHeaders
    /// The body, inflated.
    public let body: [UInt8]
    /// There was more than the limit, and the request said that what came is wanted all the same.
    public let isCut: Bool
}
