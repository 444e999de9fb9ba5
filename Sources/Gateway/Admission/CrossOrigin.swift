import HTTPTypes
import HummingbirdCore
import LocalQueue

/// Which pages of other origins may use the gateway from a browser, and how a browser is told.
struct CrossOrigin: Sendable {
    private let isOpenToAll: Bool
    private let origins: Set<String>

    /// - Parameter origins: such as `https://app.example`, exactly as a browser sends them; `*` for all. None: no page
    ///   from elsewhere is answered.
    init(_ origins: [String]) {
        isOpenToAll = origins.contains("*")
        self.origins = Set(origins)
    }

    /// Whether anything varies by origin.
    private var isOn: Bool { isOpenToAll || !origins.isEmpty }

    /// A page from elsewhere must not use a visitor's browser as its way to a queue on his own machine.
    ///
    /// - Throws: ``Refusal`` with 403
    func check(_ request: HTTPRequest) throws(Refusal) {
        guard let origin = request.headerFields[.origin], !isAllowed(origin), !isOurOwn(origin, request) else { return }
        throw Refusal(
            403,
            "Requests from pages of other origins (here \(origin)) are not answered. KINDLING_CORS_ORIGINS allows some."
        )
    }

    /// The answer to a browser that asks what it may send. Nil: this is no such question, or nobody is allowed in.
    ///
    /// It has no key, for browsers send none here; nothing is done and nothing told that a key would protect.
    func preflight(_ request: HTTPRequest, _ methods: [String]) -> Response? {
        guard isOn, request.method == .options, let origin = request.headerFields[.origin], isAllowed(origin),
            request.headerFields[.accessControlRequestMethod] != nil
        else { return nil }
        // OpenAI's client for browsers sends half a dozen headers of its own. None can do harm that a key does not allow.
        let headers = request.headerFields[.accessControlRequestHeaders] ?? "Authorization, Content-Type"
        return Response(
            status: .noContent,
            headers: [
                .accessControlAllowMethods: methods.joined(separator: ", "),
                .accessControlAllowHeaders: headers,
                // Chrome's own upper limit is two hours, Firefox's a day. Ten minutes: a changed setting is soon seen.
                .accessControlMaxAge: "600",
            ]
        )
    }

    /// What goes with every answer. Credentials are never allowed: the key is in a header that the page itself sets.
    func mark(_ headers: inout HTTPFields, for request: HTTPRequest) {
        guard isOn else { return }
        // A cache must not hand one origin's answer to another.
        if !isOpenToAll { headers.append(HTTPField(name: .vary, value: "Origin")) }
        guard let origin = request.headerFields[.origin], isAllowed(origin) else { return }
        headers[.accessControlAllowOrigin] = isOpenToAll ? "*" : origin
        headers[.accessControlExposeHeaders] = "Retry-After"
    }

    private func isAllowed(_ origin: String) -> Bool {
        isOpenToAll || origins.contains(origin)
    }

    /// The gateway's own page. Behind a proxy that speaks TLS its origin is `https`.
    private func isOurOwn(_ origin: String, _ request: HTTPRequest) -> Bool {
        guard let host = request.authority, !host.isEmpty else { return false }
        return origin == "http://\(host)" || origin == "https://\(host)"
    }
}
