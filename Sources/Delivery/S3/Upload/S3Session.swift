import HTTPTransport
import Support

/// The requests about one object: signed afresh for each attempt, repeated as patience has it.
struct S3Session: Sendable {
    let http: HTTPClient
    let target: S3Target
    let key: String
    let policy: S3Upload.Policy
    /// When it must be over.
    let deadline: ContinuousClock.Instant
    let now: @Sendable () -> Int
    /// The target's, or what the server said it is.
    private let signedRegion: Lock<String>

    init(
        _ http: HTTPClient,
        _ target: S3Target,
        _ key: String,
        _ policy: S3Upload.Policy,
        until deadline: ContinuousClock.Instant,
        region: String? = nil,
        now: @escaping @Sendable () -> Int
    ) {
        self.http = http
        self.target = target
        self.key = key
        self.policy = policy
        self.deadline = deadline
        self.now = now
        signedRegion = Lock(region ?? target.region)
    }

    var region: String { signedRegion.withLock { $0 } }

    /// Where the object can be fetched from now on.
    func presigned(size: Int) -> StoredObject {
        let time = S3Time(seconds: now())
        let url = target.presignedURL(of: key, region: region, at: time)
        return StoredObject(url: url, size: size, expires: time.seconds + S3Signature.longestValidity)
    }

    /// Sends a request until it succeeds or patience is over.
    func perform(_ call: S3Call) async throws(S3UploadError) -> HTTPReply {
        var patience = S3Patience(attempts: policy.attempts, backoff: policy.backoff)
        var generator = SystemRandomNumberGenerator()
        while true {
            do throws(S3Failure) {
                return try await attempt(call)
            } catch {
                let remaining = deadline - .now
                switch patience.step(after: error, of: target, remaining: remaining, using: &generator) {
                case .giveUp(let error): throw error
                case .sign(let region): signedRegion.withLock { $0 = region }
                case .wait(let time):
                    do {
                        try await Task.sleep(for: time)
                    } catch {
                        throw .cancelled(target)
                    }
                }
            }
        }
    }

    private func attempt(_ call: S3Call) async throws(S3Failure) -> HTTPReply {
        let region = region
        let remaining = deadline - .now
        guard remaining > .zero else { throw .transient("the time allowed is over") }
        var request = target.request(call, of: key, region: region, at: S3Time(seconds: now()))
        request.timeout = remaining
        request.idleTimeout = policy.idleTimeout
        request.addresses = target.owner == .client ? policy.clientAddresses : .any
        let reply: HTTPReply
        do throws(HTTPError) {
            reply = try await http.fetch(request, upTo: S3Answer.limit)
        } catch {
            throw S3Failure(error, from: target)
        }
        let failure = S3Failure(status: reply.status, reply.headers, reply.body, from: target, region: region)
        if let failure { throw failure }
        return reply
    }
}
