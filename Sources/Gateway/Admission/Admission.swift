import HTTPTypes
import LocalQueue
import Logging
import Support

/// Decides who is let in, and how often.
struct Admission: Sendable {
    let crossOrigin: CrossOrigin
    private let keys: KeyRing
    private let metricsNeedKey: Bool
    private let isOpenOnLoopback: Bool
    private let limiter: Lock<RateLimiter>?
    private let logger: Logger

    init(_ configuration: Gateway.Configuration, logger: Logger) {
        crossOrigin = CrossOrigin(configuration.corsOrigins)
        keys = KeyRing(configuration.apiKeys)
        metricsNeedKey = configuration.metricsNeedKey
        isOpenOnLoopback = configuration.apiKeys.isEmpty && LoopbackAddress.isOne(configuration.host)
        limiter =
            configuration.requestsPerMinute > 0
            ? Lock(RateLimiter(perMinute: configuration.requestsPerMinute)) : nil
        self.logger = logger
    }

    /// - Parameter stranger: who it is if no key says so
    /// - Throws: ``Refusal`` with 401, 403 or 429
    func check(_ route: Route, _ request: HTTPRequest, from stranger: Visitor) throws(Refusal) {
        try crossOrigin.check(request)
        try checkHost(request)
        let needsKey = route.needsKey && (route != .metrics || metricsNeedKey)
        let place = needsKey ? request.headerFields[.authorization].flatMap(keys.place) : nil
        // Before the key is judged: whoever tries out keys is counted by his address.
        if route.isCounted { try count(place.map(Visitor.keyHolder) ?? stranger) }
        guard needsKey, !keys.isEmpty, place == nil else { return }
        guard request.headerFields[.authorization] != nil else {
            throw Refusal(
                401,
                "This queue has a key. Send it in the header \"Authorization: Bearer KEY\" (or the key alone)."
            )
        }
        throw Refusal(401, "The key in the header \"Authorization\" is not this queue's (KINDLING_API_KEY).")
    }

    /// A page may have a name of its own that resolves to 127.0.0.1; then its origin is ours, and only `Host` tells.
    private func checkHost(_ request: HTTPRequest) throws(Refusal) {
        let host = request.authority ?? ""
        guard isOpenOnLoopback, !LoopbackAddress.isOne(Self.withoutPort(host)) else { return }
        throw Refusal(
            403,
            "A queue without a key answers only to 127.0.0.1 and localhost, not to \(host). Set KINDLING_API_KEY."
        )
    }

    private func count(_ visitor: Visitor) throws(Refusal) {
        guard let limiter else { return }
        let now = ContinuousClock.now
        let (verdict, perMinute) = limiter.withLock { ($0.take(visitor, at: now), $0.perMinute) }
        guard case .refused(let seconds, let isFirst) = verdict else { return }
        if isFirst {
            logger.notice("\(visitor.name) sends more than \(perMinute) requests a minute: some are refused.")
        }
        throw Refusal(
            429,
            "More than \(perMinute) requests in a minute. Send this one again in \(seconds) s.",
            retryAfter: seconds
        )
    }

    private static func withoutPort(_ authority: String) -> String {
        guard let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") else { return authority }
        return String(authority[..<colon])
    }
}
