/// Why an exchange failed.
public struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as far as the caller's next step depends on it.
    public enum Code: String, Sendable, Hashable {
        /// The name of the host (or proxy) has no address, or none was learnt in time.
        case couldNotResolve
        /// No connection came about, also not within the time for connecting. The request never left.
        case couldNotConnect
        /// Connected, but the answer (or its next byte) did not come in the time allowed.
        case timedOut
        /// The connection ended before the answer did.
        case connectionLost
        /// No trust: certificate, protocol version or cipher.
        case tls
        /// What came back is not HTTP, or not as HTTP has it.
        case protocolViolation
        /// The head or the body is larger than the caller takes.
        case tooLarge
        /// The task was cancelled, the body dropped, or the client shut down.
        case cancelled
        /// The request's ``HTTPRequest/addresses`` refuse the address that its URL, or a redirect, leads to; nothing was
        /// sent there.
        case forbiddenAddress
        /// The request cannot be sent as it is; nothing was sent.
        case invalidRequest
    }

    /// What went wrong.
    public let code: Code
    /// For a person: the host, the cause, and what to do about it. Never holds credentials or header values.
    public let message: String

    /// An error in full.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
