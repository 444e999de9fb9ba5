public import JSON

extension LocalQueue {
    /// The answer to a request.
    public enum Reply: Sendable, Hashable {
        /// The job exists and stands so.
        case state(job: String, JobState)
        /// All about a job.
        case report(JobReport)
        /// Chunks that nobody had read, in order.
        case chunks(job: String, JobState, [Chunk])
        /// So many waiting jobs were dropped.
        case purged(Int)
        /// The counts.
        case health(QueueHealth)
        /// Jobs for a worker, never empty; `isBatch` tells the shape.
        case jobs([JSON.Object], worker: String, isBatch: Bool)
        /// Jobs that this worker is to stop, never empty.
        case stop([String], worker: String)
        /// There was nothing.
        case nothing
        /// Taken in; or not, for this reason, which is no concern of the sender's.
        case acknowledged(ignored: String? = nil)
        /// Not done.
        case refused(Refusal)
    }

    /// A piece of a job's output.
    public struct Chunk: Sendable, Hashable {
        /// What the worker sent as `output`.
        public let output: JSON
        /// Its bytes on the wire.
        public let size: Int
    }
}

extension LocalQueue.Reply {
    /// The HTTP status.
    public var status: Int {
        switch self {
        case .nothing: 204
        case .refused(let refusal): refusal.status
        default: 200
        }
    }

    /// The body, in the shape the protocol has for it. Nil: none.
    public var body: JSON? {
        switch self {
        case .state(let id, let state):
            ["id": .string(id), "status": .string(state.rawValue)]
        case .report(let report):
            report.json
        case .chunks(_, let state, let chunks):
            ["status": .string(state.rawValue), "stream": .array(chunks.map { ["output": $0.output] })]
        case .purged(let count):
            ["removed": JSON(count), "status": "completed"]
        case .health(let health):
            health.json
        case .jobs(let jobs, _, let isBatch):
            isBatch ? .array(jobs.map(JSON.object)) : jobs.first.map(JSON.object)
        case .stop(let ids, _):
            ["jobsToStop": .array(ids.map(JSON.string))]
        case .nothing:
            nil
        case .acknowledged(let ignored):
            ignored.map { ["ignored": .string($0)] } ?? [:]
        case .refused(let refusal):
            ["error": .string(refusal.message)]
        }
    }
}
