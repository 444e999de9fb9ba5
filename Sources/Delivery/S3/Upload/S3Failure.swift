import HTTPTransport

/// Why one request came to nothing, and what may help.
enum S3Failure: Error, Sendable, Hashable {
    /// It may go better the next time, after at least `retryAfter`.
    case transient(String, retryAfter: Duration? = nil)
    /// The same request, signed for that region.
    case otherRegion(String)
    /// It will not.
    case final(S3UploadError)

    /// Nil for a status of success whose body does not say the opposite.
    ///
    /// - Parameters:
    ///   - region: that the request was signed for
    init?(status: Int, _ headers: HTTPHeaders, _ body: [UInt8], from target: S3Target, region: String) {
        let answer = S3Answer(body)
        let word = answer.code
        // "Complete" answers 200 before it knows the outcome, which then stands in the body.
        if (200..<300).contains(status), word == nil { return nil }
        let told = answer.region ?? headers["x-amz-bucket-region"].flatMap(S3Answer.region)
        let answered = "\(target.authority) answered with status \(status)" + (word.map { " (\($0))" } ?? "")
        if Self.isTransient(status, word) {
            self = .transient(answered, retryAfter: headers.retryAfter())
        } else if word == "AuthorizationHeaderMalformed", let told, told != region {
            self = .otherRegion(told)
        } else {
            let final = S3Refusal(status: status, word: word, region: told, tried: region, answered: answered)
            self = .final(final.error(of: target))
        }
    }

    init(_ error: HTTPError, from target: S3Target) {
        switch error.code {
        case .cancelled: self = .final(.cancelled(target))
        case .couldNotResolve, .couldNotConnect, .timedOut, .connectionLost, .protocolViolation:
            self = .transient(error.message)
        case .forbiddenAddress, .invalidRequest, .tls, .tooLarge:
            self = .final(S3UploadError(.refused, "the upload to \(target) is not possible: \(error.message)"))
        }
    }

    private static func isTransient(_ status: Int, _ word: String?) -> Bool {
        switch word {
        case "SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "OperationAborted": return true
        // Damaged on the way: the digest was that of what we have.
        case "BadDigest", "XAmzContentSHA256Mismatch": return true
        default: break
        }
        return switch status {
        case 408, 429, 500, 502, 503, 504: true
        default: false
        }
    }
}
