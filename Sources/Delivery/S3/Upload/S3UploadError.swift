/// Why a result could not be put into a bucket.
public struct S3UploadError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as far as the next step depends on it.
    public enum Code: String, Sendable, Hashable {
        /// The server has no such bucket.
        case noSuchBucket
        /// The bucket is at another server.
        case wrongRegion
        /// The key is unknown, wrong or over.
        case wrongKey
        /// The key is right, and may not do this.
        case notAllowed
        /// This machine's clock is too far from the server's.
        case wrongClock
        /// Something else that asking again will not change.
        case refused
        /// The server did not answer, or asked to come back later, as often as we were willing to try.
        case unreachable
        /// The time allowed was over.
        case outOfTime
        /// The task was cancelled.
        case cancelled
    }

    /// What went wrong.
    public let code: Code
    /// What is wrong, with which bucket, and which field or variable to change. Never holds a key or its id.
    public let description: String
    /// What S3 calls it.
    let word: String?

    init(_ code: Code, _ description: String, word: String? = nil) {
        self.code = code
        self.description = description
        self.word = word
    }

    static func cancelled(_ target: S3Target) -> S3UploadError {
        S3UploadError(.cancelled, "the upload to \(target) was cancelled")
    }
}
