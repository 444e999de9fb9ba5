public import JSON

/// What becomes of a result that may be more than the queue takes. Pure.
public struct BigResult: Sendable, Hashable {
    /// What to do with a result.
    public enum Verdict: Sendable, Hashable {
        /// Send it as it is.
        case fits
        /// Put its output into this bucket and send ``StoredObject/output`` instead.
        case upload(S3Target)
        /// Nobody can have it: answer the job with this error, and keep the result.
        case tooBig(String)
    }

    /// What the queue takes, in megabytes.
    public let limit: Int

    /// - Parameter megabytes: what the queue takes; the setting `result-megabytes`
    public init(megabytes: Int) {
        limit = megabytes
    }

    /// Decides by the size of the body as it would go over the wire.
    ///
    /// - Parameters:
    ///   - size: bytes of the encoded result
    ///   - bucket: the one that the job brought or else the worker's; the error if the job's cannot be used, because a
    ///     client who wants the result in a bucket of their own must not find it in another
    ///   - place: where the whole result is kept if nobody can have it, for the error
    public func verdict(
        size: Int,
        bucket: Result<S3Target?, S3TargetError>,
        keptAt place: String
    ) -> Verdict {
        // Decimal megabytes: whatever the queue means by the word, it is not less.
        guard (size + 999_999) / 1_000_000 > limit else { return .fits }
        switch bucket {
        case .success(let target?): return .upload(target)
        case .success(nil):
            return .tooBig(
                """
                \(beginning(size)); send s3Config with the job, or set BUCKET_ENDPOINT_URL, BUCKET_ACCESS_KEY_ID and \
                BUCKET_SECRET_ACCESS_KEY on the worker, and it goes to a bucket. \(Self.kept(at: place))
                """
            )
        case .failure(let error):
            return .tooBig("\(beginning(size)), and no bucket could be used: \(error). \(Self.kept(at: place))")
        }
    }

    /// The error of a job whose result should have gone to a bucket and did not.
    public func message(size: Int, failed error: S3UploadError, keptAt place: String) -> String {
        "\(beginning(size)), and \(error). \(Self.kept(at: place))"
    }

    /// The bucket for a job's result: its own `s3Config`, else the worker's.
    ///
    /// - Parameters:
    ///   - job: the whole object that the queue sent
    ///   - worker: the bucket of `BUCKET_*`
    ///   - now: seconds since 1970
    public static func bucket(
        forJob job: JSON.Object,
        else worker: S3Target?,
        now: Int
    ) -> Result<S3Target?, S3TargetError> {
        do throws(S3TargetError) {
            return .success(try S3Target.named(byJob: job, now: now) ?? worker)
        } catch {
            return .failure(error)
        }
    }

    /// What the object is called: a job that is run again does not replace what the first run left.
    ///
    /// - Parameters:
    ///   - job: the job's id; what is neither a letter, a digit, `-` nor `_` becomes `_`
    ///   - finished: when the job was done, in milliseconds since 1970
    public static func key(forJob job: String, finished: Int) -> String {
        let folder = job.utf8.prefix(128).map { byte in
            // A dot could make a segment that is taken out of the path on the way.
            S3Encoding.isUnreserved(byte) && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "~")
                ? Character(Unicode.Scalar(byte)) : "_"
        }
        return "\(folder.isEmpty ? "_" : String(folder))/\(finished).json"
    }

    private func beginning(_ size: Int) -> String {
        "the result has \(Self.megabytes(size)) MB, more than the \(limit) MB of the setting result-megabytes"
    }

    private static func kept(at place: String) -> String { "The whole result is kept on the worker in \(place)" }

    /// With one decimal, rounded up: what is just above a limit does not look like it.
    private static func megabytes(_ size: Int) -> String {
        let tenths = (size + 99_999) / 100_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
