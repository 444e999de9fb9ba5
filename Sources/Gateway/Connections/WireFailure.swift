import JSON

/// Why a connection ends: something that no handler of a route can answer.
enum WireFailure: Sendable, Hashable {
    /// No HTTP, or HTTP that two readers may understand differently.
    case malformed(String)
    case unknownVersion
    case unknownTransferCoding
    case headerTooLarge(bytes: Int, count: Int)
    case slowHead(Duration)
    case slowBody(pace: Int)
    case tooManyConnections(Int)

    var status: Int {
        switch self {
        case .malformed: 400
        case .unknownVersion: 505
        case .unknownTransferCoding: 501
        case .headerTooLarge: 431
        case .slowHead, .slowBody: 408
        case .tooManyConnections: 503
        }
    }

    var message: String {
        switch self {
        case .malformed(let what):
            "This is not a request in HTTP/1.1: \(what). The connection ends here, for what follows could be misread."
        case .unknownVersion:
            "This port speaks HTTP/1.1 and HTTP/1.0. Send the request in one of them."
        case .unknownTransferCoding:
            "The only Transfer-Encoding that is read here is \"chunked\". Send the body so, or with a Content-Length."
        case .headerTooLarge(let bytes, let count):
            "The request line and headers may have \(bytes) bytes and \(count) headers. Send data in the body."
        case .slowHead(let time):
            "The headers were not complete within \(time.components.seconds) s. Send the request in one go."
        case .slowBody(let pace):
            "The body came too slowly: fewer than \(pace) bytes a second. Send it again over a better connection."
        case .tooManyConnections(let limit):
            "All \(limit) connections of this server are busy. Try again, and use one connection for many requests."
        }
    }

    var retryAfter: Int? {
        if case .tooManyConnections = self { 1 } else { nil }
    }
}
