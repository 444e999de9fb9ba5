public import JSON
import Support

/// What a client is told about a job: the body of `/status`, of `/runsync` and of a webhook.
public struct JobReport: Sendable, Hashable {
    /// The job.
    public let id: String
    /// Where it stands.
    public let state: JobState
    /// From its submission to its (last) start, once it started.
    public let delay: Duration?
    /// From its (last) start to its end, once it ended.
    public let execution: Duration?
    /// The result, or the latest progress while it runs.
    public let output: JSON?
    /// Why it failed.
    public let error: String?
    /// The worker that has or had it.
    public let worker: String?

    /// The body, times in whole milliseconds; what is unknown is left out.
    public var json: JSON {
        var object: JSON.Object = [:]
        object["delayTime"] = delay.map { JSON($0.milliseconds) }
        object["executionTime"] = execution.map { JSON($0.milliseconds) }
        object["id"] = .string(id)
        object["output"] = output
        object["error"] = error.map(JSON.string)
        object["status"] = .string(state.rawValue)
        object["workerId"] = worker.map(JSON.string)
        return .object(object)
    }
}
