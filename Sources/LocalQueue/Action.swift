public import JSON

extension LocalQueue {
    /// What is to be done about an event.
    public enum Action: Sendable, Hashable {
        /// Answer this request.
        case reply(VisitID, Reply)
        /// Post `body` to a client's webhook and say with ``Event/webhookAnswered(_:accepted:)`` how it went.
        case post(webhook: Int, job: String, url: String, body: JSON)
        /// Something an operator may want to know.
        case note(Note)
    }

    /// A line for the log.
    public enum Note: Sendable, Hashable {
        /// A job's worker gave no sign of life of it; it waits for another one.
        case lost(job: String, worker: String)
        /// A hand-out did not reach its worker; the job waits again, before all others.
        case handOutFailed(job: String, worker: String)
        /// A worker that was thought lost still runs the job and keeps it.
        case foundAgain(job: String, worker: String)
        /// A worker asked to be stopped after this job.
        case stopPod(job: String, worker: String)
        /// A worker reported itself unfit.
        case unhealthy(worker: String, reason: String)
        /// A webhook's receiver refused the report as often as it was tried. Of its URL, scheme and host: the rest may be
        /// the secret that opens it.
        case webhookGivenUp(job: String, url: String)
        /// A result or chunk that is of no use any more.
        case ignored(job: String, worker: String, reason: String)
    }
}
