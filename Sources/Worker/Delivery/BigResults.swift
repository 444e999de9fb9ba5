import ColdStart
public import Delivery
import JSON
import Jobs
import Logging

/// Brings results into a form that the queue takes: packed where the job asks for it, in a bucket where they are too big.
public struct BigResults: Sendable {
    /// For one upload, with all its attempts: S3's own outages are longer, but the client waits.
    private static let patience = Duration.seconds(600)

    private let limit: BigResult
    private let upload: S3Upload
    private let bucket: @Sendable (_ now: Int) -> S3Target?

    /// - Parameters:
    ///   - limit: what the queue takes
    ///   - upload: stores what is more
    ///   - bucket: the worker's own, for jobs that bring none. Asked each time, with the seconds since 1970: one without a
    ///     name is that of the month
    public init(limit: BigResult, upload: S3Upload, bucket: @escaping @Sendable (_ now: Int) -> S3Target?) {
        self.limit = limit
        self.upload = upload
        self.bucket = bucket
    }

    /// The result as a parcel. One that nobody can have is kept in the outbox under `rejected/`, and the job is answered
    /// with an error that says so.
    func parcel(
        _ result: JobResult,
        after chunks: [JSON],
        of job: Job,
        _ mailroom: Mailroom,
        logger: Logger
    ) async -> Parcel {
        let parcel = mailroom.parcel(result, after: chunks, of: job.id)
        let now = parcel.finished / 1000
        let owner = BigResult.bucket(forJob: job.fields, else: bucket(now), now: now)
        let size = parcel.result.count
        switch limit.verdict(size: size, bucket: owner, keptAt: Self.keptAt) {
        case .fits:
            return parcel
        case .tooBig(let message):
            return await keeping(parcel, message, result, chunks, mailroom, logger)
        case .upload(let target):
            guard let output = result.output?.bytes else { return parcel }
            let key = BigResult.key(forJob: job.id, finished: parcel.finished)
            do throws(S3UploadError) {
                let object = try await upload.put(output, as: key, in: target, within: Self.patience)
                logger.info("the result went to the bucket: \(object)")
                var pointer = result
                pointer.output = object.output
                return mailroom.parcel(pointer, after: chunks, of: job.id)
            } catch {
                let message = limit.message(size: size, failed: error, keptAt: Self.keptAt)
                return await keeping(parcel, message, result, chunks, mailroom, logger)
            }
        }
    }

    private static let keptAt = "the outbox, under rejected/"

    private func keeping(
        _ parcel: Parcel,
        _ message: String,
        _ result: JobResult,
        _ chunks: [JSON],
        _ mailroom: Mailroom,
        _ logger: Logger
    ) async -> Parcel {
        let path = try? await mailroom.outbox?.reject(parcel, because: Rejection(reason: message))
        logger.error("\(message)\(path.map { " (\($0))" } ?? ", but it could not be written there and is lost")")
        var failure = JobResult.failure(message, isStream: result.isStream)
        failure.stopsPod = result.stopsPod
        return mailroom.parcel(failure, after: chunks, of: parcel.address.job)
    }
}
