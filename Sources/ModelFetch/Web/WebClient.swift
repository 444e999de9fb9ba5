import HTTPTransport
import Support

/// Asks registries and web servers: follows redirects, answers their challenges, and keeps secrets at home.
///
/// Redirects are followed here and not in the transport, because each hop is a decision: which secret it may see,
/// whether it leaves TLS, and where to ask for the next range without being sent on again.
struct WebClient: Sendable {
    /// An answer and who gave it in the end.
    struct Answer: Sendable {
        let response: HTTPResponse
        let address: WebAddress
        /// The heads of the redirects on the way: Hugging Face names a file's digest there.
        let redirects: [HTTPHeaders]
    }

    private static let redirectLimit = 10
    /// The body of a redirect or an error is read, so that its connection can be used again.
    private static let smallBody = 64 << 10

    let http: HTTPClient
    let policy: PullPolicy
    let token: AccessToken?
    /// What registries gave us, by the origin that may see it.
    private let anonymousTokens = Lock<[WebAddress: String]>([:])

    init(http: HTTPClient, policy: PullPolicy, token: AccessToken?) {
        self.http = http
        self.policy = policy
        self.token = token
    }

    /// One attempt; the answer is one of the 200s, its body still on the way.
    ///
    /// - Parameter what: what is asked for, in words
    func open(
        _ address: WebAddress,
        _ headers: [(name: String, value: String)] = [],
        what: String
    ) async throws(FetchFailure) -> Answer {
        var (address, redirects, hasNewToken) = (address, [HTTPHeaders](), false)
        while true {
            try checkSecurity(of: address)
            let response = try await send(address, headers)
            switch response.status {
            case 301, 302, 303, 307, 308:
                guard redirects.count < Self.redirectLimit, let location = response.headers["Location"],
                    let next = address.resolving(location)
                else { throw .final(.refused(what, at: address.authority, status: response.status)) }
                redirects.append(response.headers)
                _ = try? await response.collect(upTo: Self.smallBody)
                address = next
            case 401 where !hasNewToken && response.headers["WWW-Authenticate"] != nil:
                hasNewToken = true
                let challenges = response.headers.values(of: "WWW-Authenticate")
                _ = try? await response.collect(upTo: Self.smallBody)
                guard let challenge = challenges.lazy.compactMap({ BearerChallenge($0) }).first else {
                    throw .final(.notAllowed(what, at: address.authority, status: 401))
                }
                try await answer(challenge, of: address, what: what)
            default:
                if let failure = FetchFailure.of(response.status, response.headers, asking: what, at: address) {
                    _ = try? await response.collect(upTo: Self.smallBody)
                    throw failure
                }
                return Answer(response: response, address: address, redirects: redirects)
            }
        }
    }

    /// A small answer as a whole, tried again as often as the policy says.
    func fetch(
        _ address: WebAddress,
        _ headers: [(name: String, value: String)] = [],
        upTo limit: Int,
        what: String
    ) async throws(PullError) -> [UInt8] {
        try await retrying(at: address) { () throws(FetchFailure) in
            let answer = try await open(address, headers, what: what)
            do throws(HTTPError) {
                return try await answer.response.collect(upTo: limit)
            } catch {
                throw FetchFailure(error, at: answer.address)
            }
        }
    }

    /// Tries until it works or the policy's patience is over.
    func retrying<Value: Sendable>(
        at address: WebAddress,
        _ attempt: () async throws(FetchFailure) -> Value
    ) async throws(PullError) -> Value {
        var patience = Patience(policy, at: address)
        while true {
            do {
                return try await attempt()
            } catch {
                try await patience.wait(after: error, progress: 0)
            }
        }
    }

    private func send(
        _ address: WebAddress,
        _ headers: [(name: String, value: String)]
    ) async throws(FetchFailure) -> HTTPResponse {
        var request = HTTPRequest(address.url)
        // A blob that was compressed on the way has neither the ranges nor the sizes of the blob.
        request.headers = headers + [(name: "Accept-Encoding", value: "identity")]
        if let authorization = authorization(for: address) {
            request.headers.append((name: "Authorization", value: authorization))
        }
        request.idleTimeout = policy.stallTimeout
        request.isMultiplexed = false
        do {
            return try await http.send(request)
        } catch {
            throw FetchFailure(error, at: address)
        }
    }

    private func authorization(for address: WebAddress) -> String? {
        let anonymous = anonymousTokens.withLock { $0[address.originOnly] }
        return anonymous ?? token?.authorization(for: address)
    }

    private func checkSecurity(of address: WebAddress) throws(FetchFailure) {
        guard address.isSecure || policy.allowsInsecure else { throw .final(.insecure("\(address)")) }
    }

    /// Fetches the token that a registry wants to see, and keeps it for that registry alone.
    private func answer(
        _ challenge: BearerChallenge,
        of registry: WebAddress,
        what: String
    ) async throws(FetchFailure) {
        let realm = challenge.tokenAddress
        try checkSecurity(of: realm)
        let response = try await send(realm, [])
        if let failure = FetchFailure.of(response.status, response.headers, asking: what, at: realm) { throw failure }
        let bytes: [UInt8]
        do {
            bytes = try await response.collect(upTo: Self.smallBody)
        } catch {
            throw FetchFailure(error, at: realm)
        }
        guard let token = TokenAnswer.token(in: bytes) else {
            throw .final(.notAllowed(what, at: realm.authority, status: response.status))
        }
        anonymousTokens.withLock { $0[registry.originOnly] = "Bearer \(token)" }
    }
}
