public import Delivery
import JSON
import Jobs
import Logging

/// What to do about results that are more than the queue takes.
public struct BigResults: Sendable {
    /// For one upload, with all its attempts: S3's own outages are longer, but the client waits.
    private static let patience = Duration.seconds(600)
    private static let rejected = "the outbox, under rejected/"

    private let limit: BigResult
    private let storage: S3Upload
    private let bucket: @Sendable (_ now: Int) -> S3Target?

    /// - Parameters:
    ///   - limit: what the queue takes
    ///   - upload: stores what is more
    ///   - bucket: the worker's own, for jobs that bring none. Asked each time, with the seconds since 1970: one without a
    ///     name is that of the month
    public init(limit: BigResult, upload: S3Upload, bucket: @escaping @Sendable (_ now: Int) -> S3Target?) {
        self.limit = limit
        storage = upload
        self.bucket = bucket
    }

    /// Why a result cannot be handed over.
    enum Reason: Sendable {
        /// There is no bucket, or not one that can be used.
        case noBucket(Job)
        /// The bucket did not take it.
        case upload(S3UploadError)
    }

    /// What to do with a result.
    enum Verdict: Sendable {
        case fits
        case upload(S3Target)
        case tooBig(Reason)
    }

    func verdict(on parcel: Parcel, of job: Job) -> Verdict {
        switch limit.verdict(size: parcel.result.count, bucket: bucket(of: job, parcel), keptAt: Self.rejected) {
        case .fits: .fits
        case .upload(let target): .upload(target)
        case .tooBig: .tooBig(.noBucket(job))
        }
    }

    /// Puts the output into a bucket. Returns the result that says where it is.
    func upload(
        _ result: JobResult,
        _ parcel: Parcel,
        to target: S3Target,
        logger: Logger
    ) async -> Result<JobResult, S3UploadError> {
        let key = BigResult.key(forJob: parcel.address.job, finished: parcel.finished)
        do throws(S3UploadError) {
            let output = result.output ?? .null
            let object = try await storage.put(output.bytes, as: key, in: target, within: Self.patience)
            logger.info("the result went to the bucket: \(object)")
            var pointer = result
            pointer.output = object.output
            return .success(pointer)
        } catch {
            return .failure(error)
        }
    }

    /// Keeps what nobody can have for the worker's owner. Returns the error that its client gets.
    func refuse(
        _ result: JobResult,
        _ parcel: Parcel,
        _ reason: Reason,
        _ mailroom: Mailroom,
        logger: Logger
    ) async -> JobResult {
        // In a task of its own: the job's may be cancelled, and this is the last chance to keep it.
        let keeping = Task { try? await mailroom.outbox?.reject(parcel, because: Rejection(reason: "it was too big")) }
        let path = await keeping.value
        let message = message(
            reason,
            parcel,
            keptAt: path == nil ? "no place, since none could be written" : Self.rejected
        )
        logger.error("\(message)\(path.map { " (\($0))" } ?? "")")
        var failure = JobResult.failure(message, isStream: result.isStream)
        failure.stopsPod = result.stopsPod
        return failure
    }

    private func message(_ reason: Reason, _ parcel: Parcel, keptAt place: String) -> String {
        let size = parcel.result.count
        switch reason {
        case .upload(let error):
            return limit.message(size: size, failed: error, keptAt: place)
        case .noBucket(let job):
            let verdict = limit.verdict(size: size, bucket: bucket(of: job, parcel), keptAt: place)
            guard case .tooBig(let message) = verdict else { return "the result is too big" }
            return message
        }
    }

    private func bucket(of job: Job, _ parcel: Parcel) -> Result<S3Target?, S3TargetError> {
        let now = parcel.finished / 1000
        return BigResult.bucket(forJob: job.fields, else: bucket(now), now: now)
    }
}
