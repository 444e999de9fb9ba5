/// A bucket, and the key that opens it.
///
/// Whoever prints, logs or mirrors it sees the bucket and the host, never the key.
public struct S3Target: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Who named the bucket.
    public enum Owner: Sendable, Hashable {
        /// A job's client, a stranger: the endpoint's address is checked before anything is sent there.
        case client
        /// Whoever runs this worker: any address.
        case worker
    }

    /// Who named it.
    public let owner: Owner
    /// Its name.
    public let bucket: String
    /// Host and port; begins with the bucket's name in virtual-host style.
    public let authority: String
    /// What the signature is made for, unless the server says that it is another.
    public let region: String
    let isSecure: Bool
    /// What stands before the key in the path: empty in virtual-host style, `/BUCKET` in path style.
    let prefix: String
    let credentials: S3Credentials

    /// - Parameters:
    ///   - name: the bucket; nil: the endpoint says it, or else the month
    ///   - fields: what error messages call the parts
    init(
        _ owner: Owner,
        endpoint: S3Endpoint,
        credentials: S3Credentials,
        bucket name: String?,
        fields: S3Fields,
        now: S3Time
    ) throws(S3TargetError) {
        let host = S3HostName(endpoint.host)
        guard !host.isNetworkVolume else {
            throw S3TargetError(
                """
                \(fields.endpoint) is that of a network volume, which gives out no presigned URLs (RunPod's documentation \
                lists them as not supported), so nobody could fetch the result: name a bucket of an S3 provider
                """
            )
        }
        let place = try Self.place(of: name, at: endpoint, host, fields, now)
        guard Self.isBucket(place.bucket) else {
            throw S3TargetError(
                "\(fields.bucket) cannot be a bucket: it takes 3 to 63 letters, digits, dots and hyphens"
            )
        }
        self.owner = owner
        self.credentials = credentials
        isSecure = endpoint.isSecure
        bucket = place.bucket
        authority = place.authority
        prefix = place.segments.map { "/\($0)" }.joined()
        // The region that S3 itself takes for "none"; R2 and others read it as theirs.
        region = host.region ?? "us-east-1"
    }

    /// For people: `the bucket results at s3.eu-west-1.amazonaws.com`.
    public var description: String { "the bucket \(bucket) at \(authority)" }
    /// The same: no key.
    public var debugDescription: String { description }
    /// Without the key.
    public var customMirror: Mirror { Mirror(self, children: ["bucket": bucket, "authority": authority]) }

    /// The path of an object, encoded.
    func path(of key: String) -> String { "\(prefix)/\(S3Encoding.path(key))" }

    /// The URL of a path and a query.
    func url(_ path: String, _ query: String) -> String {
        "\(isSecure ? "https" : "http")://\(authority)\(path)\(query.isEmpty ? "" : "?\(query)")"
    }
}

/// A bucket that a job or a variable names, and that cannot be used.
public struct S3TargetError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Which field, what is wrong with it, and what it takes. Never holds its value.
    public let description: String

    init(_ description: String) {
        self.description = description
    }
}
