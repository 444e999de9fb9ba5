import HTTPTransport

/// One request about an object: what is asked, before it is signed.
struct S3Call: Sendable {
    let method: String
    var query: [(name: String, value: String)] = []
    var type: String?
    var body: [UInt8]?
    /// SHA-256 of the body. Made once, however often the request is sent.
    let digest: String

    private static let nothing = S3Signature.digest(of: [])
    /// Sent with every object; also because one server's parser of parts hangs on a form's type.
    static let json = "application/json"

    static func put(_ body: [UInt8], digest: String) -> S3Call {
        S3Call(method: "PUT", type: json, body: body, digest: digest)
    }

    static let create = S3Call(
        method: "POST",
        query: [(name: "uploads", value: "")],
        type: json,
        body: [],
        digest: nothing
    )

    /// - Parameter number: from 1
    static func part(_ number: Int, of upload: String, _ body: [UInt8], digest: String) -> S3Call {
        let query = [(name: "partNumber", value: "\(number)"), (name: "uploadId", value: upload)]
        return S3Call(method: "PUT", query: query, type: "application/octet-stream", body: body, digest: digest)
    }

    /// - Parameter tags: what the server gave for each part, in order
    static func complete(_ upload: String, tags: [String]) -> S3Call {
        let parts = tags.enumerated().map { index, tag in
            "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(S3Answer.escaped(tag))</ETag></Part>"
        }
        let body = Array("<CompleteMultipartUpload>\(parts.joined())</CompleteMultipartUpload>".utf8)
        return S3Call(
            method: "POST",
            query: [(name: "uploadId", value: upload)],
            type: "application/xml",
            body: body,
            digest: S3Signature.digest(of: body)
        )
    }

    static func abort(_ upload: String) -> S3Call {
        S3Call(method: "DELETE", query: [(name: "uploadId", value: upload)], digest: nothing)
    }

    static let head = S3Call(method: "HEAD", digest: nothing)
}

extension S3Target {
    /// The signed request.
    func request(_ call: S3Call, of key: String, region: String, at time: S3Time) -> HTTPRequest {
        let path = path(of: key)
        let query = S3Encoding.query(call.query)
        var headers = [(name: "x-amz-content-sha256", value: call.digest), (name: "x-amz-date", value: time.stamp)]
        if let type = call.type { headers.append((name: "Content-Type", value: type)) }
        let canonical = CanonicalRequest(
            method: call.method,
            path: path,
            query: query,
            headers: headers + [(name: "Host", value: authority)],
            payload: call.digest
        )
        let signature = S3Signature(credentials: credentials, region: region, time: time)
        var request = HTTPRequest(call.method, url(path, query))
        request.headers =
            headers + [
                (name: "Authorization", value: signature.authorization(for: canonical)),
                // Compressed, an answer to HEAD would have another length than the object.
                (name: "Accept-Encoding", value: "identity"),
            ]
        request.body = call.body
        // Parts side by side: one connection's window would hold them all back.
        request.isMultiplexed = false
        return request
    }

    /// The URL under which anybody may fetch an object, without a key, for the longest time that S3 allows.
    func presignedURL(of key: String, region: String, at time: S3Time) -> String {
        let path = path(of: key)
        let signature = S3Signature(credentials: credentials, region: region, time: time)
        let query = signature.presignedQuery(host: authority, path: path, validFor: S3Signature.longestValidity)
        return url(path, query)
    }
}
