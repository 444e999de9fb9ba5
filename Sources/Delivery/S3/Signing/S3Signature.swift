import Crypto

/// Signs requests by AWS signature version 4: pure, so that AWS's published examples can be its tests.
///
/// Own code because libcurl's signer cannot presign, and signs `?uploads` as something else than it sends.
struct S3Signature: Sendable {
    let credentials: S3Credentials
    let region: String
    let time: S3Time
    var service = "s3"

    private static let algorithm = "AWS4-HMAC-SHA256"
    /// The longest that a presigned URL can be valid: seven days, in seconds.
    static let longestValidity = 7 * 86_400

    /// The value of the `Authorization` header.
    func authorization(for request: CanonicalRequest) -> String {
        let fields = [
            "Credential=\(credentials.id)/\(scope)", "SignedHeaders=\(request.signedHeaders)",
            "Signature=\(signature(of: request))",
        ]
        return "\(Self.algorithm) \(fields.joined(separator: ", "))"
    }

    /// The query of a URL that anybody may use without a key, until so many seconds from `time`.
    func presignedQuery(_ method: String = "GET", host: String, path: String, validFor seconds: Int) -> String {
        let query = S3Encoding.query([
            (name: "X-Amz-Algorithm", value: Self.algorithm),
            (name: "X-Amz-Credential", value: "\(credentials.id)/\(scope)"),
            (name: "X-Amz-Date", value: time.stamp),
            (name: "X-Amz-Expires", value: "\(min(seconds, Self.longestValidity))"),
            (name: "X-Amz-SignedHeaders", value: "host"),
        ])
        let request = CanonicalRequest(
            method: method,
            path: path,
            query: query,
            headers: [(name: "Host", value: host)],
            payload: CanonicalRequest.unsignedPayload
        )
        return "\(query)&X-Amz-Signature=\(signature(of: request))"
    }

    func signature(of request: CanonicalRequest) -> String {
        let text = "\(Self.algorithm)\n\(time.stamp)\n\(scope)\n\(Self.digest(of: request.text.utf8))"
        return Self.hexadecimal(Self.code(of: text, with: key))
    }

    /// SHA-256 in hexadecimal.
    static func digest(of bytes: some Sequence<UInt8>) -> String {
        var hash = SHA256()
        if bytes.withContiguousStorageIfAvailable({ hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }) == nil {
            hash.update(data: Array(bytes))
        }
        return hexadecimal(hash.finalize())
    }

    private var scope: String { "\(time.day)/\(region)/\(service)/aws4_request" }

    /// Good for one day, one region and one service.
    private var key: SymmetricKey {
        let first = SymmetricKey(data: Array("AWS4\(credentials.secret)".utf8))
        return [time.day, region, service, "aws4_request"].reduce(first) { key, part in
            SymmetricKey(data: Self.code(of: part, with: key))
        }
    }

    private static func code(of text: String, with key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key)
    }

    private static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
