import LocalQueue
import Logging

extension Logger {
    /// Writes what the queue has to say; never a prompt or an output.
    func log(_ note: LocalQueue.Note) {
        switch note {
        case .lost(let job, let worker):
            warning(
                "No sign of job \(job) from worker \(worker): it goes to another worker.",
                metadata: ["job": "\(job)"]
            )
        case .handOutFailed(let job, let worker):
            notice("Job \(job) did not reach worker \(worker): it waits again.", metadata: ["job": "\(job)"])
        case .foundAgain(let job, let worker):
            notice("Worker \(worker) is back and keeps job \(job).", metadata: ["job": "\(job)"])
        case .stopPod(let job, let worker):
            notice("Worker \(worker) asks to be replaced (stopPod).", metadata: ["job": "\(job)"])
        case .unhealthy(let worker, let reason):
            error("Worker \(worker) is unfit: \(reason)")
        case .webhookGivenUp(let job, let url):
            warning("The webhook \(url) did not take the report.", metadata: ["job": "\(job)"])
        case .ignored(let job, let worker, let reason):
            info("Ignored what worker \(worker) sent: \(reason).", metadata: ["job": "\(job)"])
        }
    }
}
