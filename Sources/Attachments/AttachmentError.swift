import HTTPTransport

/// Why a URL gave no picture: a clause for the job's client, who chose the URL. Names the host and no more of it.
public struct AttachmentError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    public enum Kind: Sendable, Hashable {
        /// Not a URL that is fetched: another scheme, credentials, an odd character.
        case invalidURL
        /// It leads into this machine or its network.
        case forbiddenAddress
        /// No answer: no such host, no connection, none in time, none that is HTTP.
        case unreachable
        /// An answer, but not the file.
        case refused(status: Int)
        /// More redirects than are followed.
        case tooManyRedirects
        /// More bytes than are taken.
        case tooLarge
        /// Not one of the image formats that engines read.
        case notAnImage
        /// Nobody waits for it any more.
        case cancelled
    }

    /// What went wrong.
    public let kind: Kind
    /// The clause: `example.com answered 404`.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// The transport's failure in a client's terms.
    init(_ error: HTTPError, limit: Int, from place: SourceURL) {
        switch error.code {
        case .forbiddenAddress:
            let remedy = "the operator can allow others with KINDLING_ALLOW_PRIVATE_URLS=1"
            self.init(.forbiddenAddress, "\(error.message); \(remedy)")
        case .tooLarge: self = .tooLarge(limit, from: place)
        case .invalidRequest: self.init(.invalidURL, error.message)
        case .cancelled: self.init(.cancelled, error.message)
        case .couldNotResolve, .couldNotConnect, .timedOut, .connectionLost, .tls, .protocolViolation:
            self.init(.unreachable, error.message)
        }
    }

    static func tooLarge(_ limit: Int, from place: SourceURL) -> AttachmentError {
        AttachmentError(.tooLarge, "the file at \(place.authority) is larger than the \(limit) bytes that are taken")
    }
}
