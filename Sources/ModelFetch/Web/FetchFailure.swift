import HTTPTransport

/// Why one request came to nothing, and whether another try is worth it.
enum FetchFailure: Error, Sendable {
    /// It may go better the next time, after at least `retryAfter`.
    case transient(String, retryAfter: Duration? = nil)
    /// It will not.
    case final(PullError)

    /// The failure that a status stands for; nil: it is none.
    ///
    /// - Parameters:
    ///   - what: what was asked for
    ///   - place: who was asked
    static func of(_ status: Int, _ headers: HTTPHeaders, asking what: String, at place: WebAddress) -> FetchFailure? {
        switch status {
        case 200..<300: nil
        case 401, 403: .final(.notAllowed(what, at: place.authority, status: status))
        case 404, 410: .final(.notFound(what, at: place.authority))
        case 408, 425, 429, 500...: .transient("status \(status)", retryAfter: headers.retryAfter())
        default: .final(.refused(what, at: place.authority, status: status))
        }
    }

    init(_ error: HTTPError, at place: WebAddress) {
        switch error.code {
        case .cancelled: self = .final(.cancelled)
        // A certificate does not get better by asking again, nor does a request that cannot be sent.
        case .tls, .tooLarge, .invalidRequest, .forbiddenAddress:
            self = .final(.network(error.message, at: place.authority, attempts: 1))
        case .couldNotResolve, .couldNotConnect, .timedOut, .connectionLost, .protocolViolation:
            self = .transient(error.message)
        }
    }
}
