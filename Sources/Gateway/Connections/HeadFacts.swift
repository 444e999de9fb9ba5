import HTTPTypes

/// What the connection must know of a request's head, whatever the request wants.
struct HeadFacts: Sendable, Hashable {
    /// Bytes of the body. Nil: it is chunked, and ends when it ends.
    var length: Int? = 0
    /// The client, or what it asks for, leaves no room for another request.
    var endsConnection = false
    /// Whether errors have OpenAI's shape.
    var isOpenAI = false
    /// Why it is not answered.
    var failure: WireFailure?

    /// A head without body.
    init() {}

    init(_ request: HTTPRequest) {
        let headers = request.headerFields
        let coding = headers[.transferEncoding]
        length = coding == nil ? headers[.contentLength].flatMap { Int($0) } ?? 0 : nil
        // After a head that asks for another protocol the parser reads no further, though nobody here changes over.
        endsConnection = Self.saysClose(headers) || headers[.upgrade] != nil || request.method == .connect
        isOpenAI = Route.isOpenAI(Target(path: request.path ?? "", query: nil).segments)
        if let coding, coding.lowercased() != "chunked" { failure = .unknownTransferCoding }
        // The first became the request's authority. A proxy before us may have gone by the second.
        if headers.contains(where: { $0.name.canonicalName == "host" }) {
            failure = .malformed("there is more than one Host")
        }
    }

    private static func saysClose(_ headers: HTTPFields) -> Bool {
        let tokens = (headers[.connection] ?? "").split { $0 == "," || $0 == " " }
        return tokens.contains { $0.lowercased() == "close" }
    }
}
