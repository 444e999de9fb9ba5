public import HTTPTransport
public import Support

/// Puts results into buckets: small ones with one request, large ones in parts side by side.
public struct S3Upload: Sendable {
    /// How it is done.
    public struct Policy: Sendable {
        /// How often one request is sent at most.
        public var attempts = 5
        /// Between attempts.
        public var backoff = Backoff(from: .milliseconds(200), to: .seconds(10))
        /// How long no byte may move; S3 takes its time over putting parts together.
        public var idleTimeout = Duration.seconds(60)
        /// Bytes up to which an object goes in one request.
        public var largestWhole = 64 << 20
        /// Bytes of a part.
        public var partSize = 16 << 20
        /// Parts under way at once: memory for as many copies of a part.
        public var partsAtOnce = 3
        /// The time for taking back the parts of an upload that failed.
        public var timeToAbort = Duration.seconds(15)
        /// Where a bucket may be that a job's client named. Those of this worker's operator may be anywhere.
        public var clientAddresses = AddressRule.publicOnly

        /// What is right for everybody but tests.
        public init() {}
    }

    /// This machine's, in seconds since 1970.
    public static let timeOfDay: @Sendable () -> Int = { UTCTime.now.seconds }

    private let http: HTTPClient
    private let policy: Policy
    private let now: @Sendable () -> Int

    /// - Parameters:
    ///   - http: sends the requests
    ///   - policy: how
    ///   - now: the time of day in seconds since 1970, which goes into signatures
    public init(
        http: HTTPClient,
        policy: Policy = Policy(),
        now: @escaping @Sendable () -> Int = Self.timeOfDay
    ) {
        self.http = http
        self.policy = policy
        self.now = now
    }

    /// Stores bytes as `application/json` and returns once the server has them for good.
    ///
    /// If it fails, or its task is cancelled, the parts that are there are taken back, because they would be billed.
    ///
    /// - Parameters:
    ///   - bytes: the object
    ///   - key: its name in the bucket; an object of that name is replaced
    ///   - target: the bucket
    ///   - time: for all of it
    public func put(
        _ bytes: [UInt8],
        as key: String,
        in target: S3Target,
        within time: Duration
    ) async throws(S3UploadError) -> StoredObject {
        let session = S3Session(http, target, key, policy, until: .now + time, now: now)
        if bytes.count <= policy.largestWhole {
            let digest = await onOwnThread { S3Signature.digest(of: bytes) }
            _ = try await session.perform(.put(bytes, digest: digest))
        } else {
            try await MultipartUpload(session: session, bytes: bytes).run()
        }
        return session.presigned(size: bytes.count)
    }
}
