public import JSON

/// The body of `/health`: counts since the queue began, and the workers in sight.
public struct QueueHealth: Sendable, Hashable {
    /// Jobs that ended well.
    public var completed = 0
    /// Jobs that ended with an error or by a timeout.
    public var failed = 0
    /// Jobs that a worker has now.
    public var inProgress = 0
    /// Jobs that wait now.
    public var inQueue = 0
    /// Jobs that were given out again: a client's retry, or a worker that was lost.
    public var retried = 0
    /// Workers that hold no job.
    public var idle = 0
    /// Workers that hold one or more.
    public var running = 0
    /// Workers that reported themselves unfit.
    public var unhealthy = 0

    /// The body. The platform's other kinds of worker (it starts and throttles them; this queue does not) are zero.
    public var json: JSON {
        [
            "jobs": [
                "completed": JSON(completed), "failed": JSON(failed), "inProgress": JSON(inProgress),
                "inQueue": JSON(inQueue), "retried": JSON(retried),
            ],
            "workers": [
                "idle": JSON(idle), "initializing": 0, "ready": JSON(idle), "running": JSON(running),
                "throttled": 0, "unhealthy": JSON(unhealthy),
            ],
        ]
    }
}
