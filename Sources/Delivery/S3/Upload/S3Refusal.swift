/// An answer that asking again will not change, put into words that say what to change.
///
/// S3's own message is left out: it may hold the key's id, and a stranger's server could write anything into it.
struct S3Refusal: Sendable {
    let status: Int
    let word: String?
    /// Where the bucket is, if the server says so.
    let region: String?
    /// What the request was signed for.
    let tried: String
    /// Who answered with what.
    let answered: String

    func error(of target: S3Target) -> S3UploadError {
        let fields = S3Fields.of(target.owner)
        let (code, text) = verdict(on: target, fields)
        return S3UploadError(code, text, word: word)
    }

    private func verdict(on target: S3Target, _ fields: S3Fields) -> (S3UploadError.Code, String) {
        switch word {
        case "NoSuchBucket":
            (.noSuchBucket, "\(target.authority) has no bucket \(target.bucket): make it, or change \(fields.bucket)")
        case "PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed",
            "IllegalLocationConstraintException":
            (.wrongRegion, wrongRegion(target, fields))
        case "InvalidAccessKeyId":
            (.wrongKey, "\(target.authority) does not know the key that \(fields.keyID) names: check it")
        case "SignatureDoesNotMatch":
            (.wrongKey, "\(fields.secret) is not the secret of the key that \(fields.keyID) names: check both")
        case "ExpiredToken", "TokenRefreshRequired", "InvalidToken", "RequestExpired":
            (.wrongKey, "the key that \(fields.keyID) names is no longer valid: get a new one")
        case "RequestTimeTooSkewed":
            (
                .wrongClock,
                "this machine's clock is too far from that of \(target.authority) for a signature: set it right"
            )
        case "EntityTooLarge": (.refused, "\(answered): it takes no object of this size")
        default: verdict(byStatus: target, fields)
        }
    }

    private func verdict(byStatus target: S3Target, _ fields: S3Fields) -> (S3UploadError.Code, String) {
        switch status {
        case 300..<400: (.wrongRegion, wrongRegion(target, fields))
        case 401, 403:
            (
                .notAllowed,
                """
                \(answered): the key that \(fields.keyID) names may not write to \(target); it takes s3:PutObject and \
                s3:AbortMultipartUpload
                """
            )
        case 404, 405, 501:
            (.refused, "\(answered) to an upload: is \(fields.endpoint) that of an S3 server?")
        default: (.refused, "\(answered) to an upload to the bucket \(target.bucket)")
        }
    }

    private func wrongRegion(_ target: S3Target, _ fields: S3Fields) -> String {
        let place = region.map { "in the region \($0), not at" } ?? "not at"
        let isAmazon = S3HostName(target.authority).isAmazon
        let example = isAmazon ? ", for instance https://s3.\(region ?? "REGION").amazonaws.com" : ""
        return """
            the bucket \(target.bucket) is \(place) \(target.authority), where uploads are signed for \(tried): change \
            \(fields.endpoint) to the bucket's own endpoint\(example)
            """
    }
}
