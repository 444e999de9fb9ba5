/// One request, a value.
public struct HTTPRequest: Sendable {
    /// `GET`, `POST` or any other token.
    public var method: String
    /// An absolute `http` or `https` URL.
    public var url: String
    /// Sent in this order. A name given here replaces the transport's own (`User-Agent`, `Accept`).
    ///
    /// `Content-Length` and `Transfer-Encoding` belong to the transport and are refused.
    public var headers: [(name: String, value: String)] = []
    /// The body, kept in memory until it is sent; `nil` differs from empty only for methods that need no body.
    public var body: [UInt8]?
    /// The time for resolving the name, connecting and agreeing on TLS.
    public var connectTimeout: Duration = .seconds(10)
    /// The time for the whole exchange, to the last byte of the body; `nil`: no limit.
    public var timeout: Duration?
    /// How long no byte may move in either direction, connecting included; `nil`: no limit. Time in which the body's
    /// reader is the slow one does not count.
    public var idleTimeout: Duration?
    /// Whether the proxies of the environment apply. Off for an engine on this machine.
    public var usesProxy = true
    /// Which addresses it may go to. For URLs that a stranger has chosen: ``AddressRule/publicOnly``.
    public var addresses = AddressRule.any
    /// Whether a 3xx with a `Location` is followed, ten times at most. Own `Authorization` headers stay with the first host.
    public var followsRedirects = false
    /// Whether it may share an HTTP/2 connection with others. Off: HTTP/1.1, and as many connections as requests; for
    /// large bodies side by side, which one connection's window and loss would hold back together.
    public var isMultiplexed = true

    /// Whether ``HTTPClient/fetch(_:upTo:)`` returns the beginning of an answer that is too large instead of failing.
    public var keepsCutBody = false

    /// A request without headers, body or limits other than the one for connecting.
    public init(_ method: String, _ url: String) {
        self.method = method
        self.url = url
    }

    /// A GET.
    public init(_ url: String) {
        self.init("GET", url)
    }
}
