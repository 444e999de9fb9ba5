public import JSON

/// What a source of a bucket calls its parts: for messages.
struct S3Fields: Sendable, Hashable {
    let endpoint: String
    let keyID: String
    let secret: String
    let bucket: String

    static let job = S3Fields(
        endpoint: "s3Config.endpointUrl",
        keyID: "s3Config.accessId",
        secret: "s3Config.accessSecret",
        bucket: "s3Config.bucketName"
    )
    static let environment = S3Fields(
        endpoint: "BUCKET_ENDPOINT_URL",
        keyID: "BUCKET_ACCESS_KEY_ID",
        secret: "BUCKET_SECRET_ACCESS_KEY",
        bucket: "BUCKET_NAME"
    )

    static func of(_ owner: S3Target.Owner) -> S3Fields { owner == .client ? job : environment }
}

extension S3Target {
    /// The bucket that a job brings in `s3Config`; nil if it brings none.
    ///
    /// - Parameters:
    ///   - job: the whole object that the queue sent
    ///   - now: seconds since 1970; a bucket without a name is that of the month, `MM-YY`
    public static func named(byJob job: JSON.Object, now: Int) throws(S3TargetError) -> S3Target? {
        guard let config = job["s3Config"], !config.isNull else { return nil }
        guard let members = config.object else {
            throw S3TargetError(
                """
                s3Config is \(config.typeName): it takes an object of accessId, accessSecret, bucketName and endpointUrl
                """
            )
        }
        var texts: [String: String] = [:]
        for name in ["endpointUrl", "accessId", "accessSecret", "bucketName"] {
            guard let member = members[name], !member.isNull else { continue }
            guard let text = member.string else {
                throw S3TargetError("s3Config.\(name) is \(member.typeName): it takes a string")
            }
            texts["s3Config.\(name)"] = text
        }
        return try S3Target(.client, texts, now)
    }

    /// The bucket that `BUCKET_ENDPOINT_URL`, `BUCKET_ACCESS_KEY_ID`, `BUCKET_SECRET_ACCESS_KEY` and, if it is neither in the
    /// endpoint nor named after the month, `BUCKET_NAME` describe; nil if the first three are not set.
    ///
    /// - Parameter now: seconds since 1970
    public static func named(byEnvironment variables: [String: String], now: Int) throws(S3TargetError) -> S3Target? {
        let fields = S3Fields.environment
        let isNamed = [fields.endpoint, fields.keyID, fields.secret].contains { variables[$0]?.isEmpty == false }
        return isNamed ? try S3Target(.worker, variables, now) : nil
    }

    private init(_ owner: Owner, _ values: [String: String], _ now: Int) throws(S3TargetError) {
        let fields = S3Fields.of(owner)
        for name in [fields.endpoint, fields.keyID, fields.secret] where values[name]?.isEmpty ?? true {
            throw S3TargetError("\(name) is missing: a bucket takes an endpoint, a key's id and its secret")
        }
        guard let endpoint = S3Endpoint(values[fields.endpoint] ?? "") else {
            throw S3TargetError(
                "\(fields.endpoint) takes a URL such as https://s3.eu-west-1.amazonaws.com, without a user name or a query"
            )
        }
        guard let credentials = S3Credentials(id: values[fields.keyID] ?? "", secret: values[fields.secret] ?? "")
        else {
            throw S3TargetError(
                "\(fields.keyID) or \(fields.secret) holds a character that no key has, such as a blank: copy them again"
            )
        }
        try self.init(
            owner,
            endpoint: endpoint,
            credentials: credentials,
            bucket: values[fields.bucket].flatMap { $0.isEmpty ? nil : $0 },
            fields: fields,
            now: S3Time(seconds: now)
        )
    }
}
