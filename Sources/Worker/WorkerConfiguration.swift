public import Jobs

/// How a worker behaves.
public struct WorkerConfiguration: Sendable {
    /// Jobs that run at a time.
    public var slots: Int
    /// Requests over our own port that may wait for a slot.
    public var lineLength: Int
    /// Whether the engine is made ready before the first job is asked for.
    public var startsEagerly: Bool
    /// The beat of the heartbeat.
    public var heartbeatInterval: Duration
    /// From the request to stop until running jobs are interrupted.
    public var drainTime: Duration
    /// From then until results that the queue does not take are given up.
    public var deliveryGrace: Duration
    /// How long a result is offered to the queue, from its job's end.
    public var resultPatience: Duration
    /// How many results may wait for the queue before no more jobs are taken.
    public var backlog: Backlog.Limits
    /// From one progress update of a waiting job to the next, and from its wait's beginning to the first.
    public var progressInterval: Duration

    /// A configuration.
    public init(
        slots: Int = 1,
        lineLength: Int = 64,
        startsEagerly: Bool = false,
        heartbeatInterval: Duration = .seconds(10),
        drainTime: Duration = .seconds(25),
        deliveryGrace: Duration = .seconds(10),
        resultPatience: Duration = .seconds(24 * 3600),
        backlog: Backlog.Limits = Backlog.Limits(),
        progressInterval: Duration = .seconds(1)
    ) {
        self.slots = slots
        self.lineLength = lineLength
        self.startsEagerly = startsEagerly
        self.heartbeatInterval = heartbeatInterval
        self.drainTime = drainTime
        self.deliveryGrace = deliveryGrace
        self.resultPatience = resultPatience
        self.backlog = backlog
        self.progressInterval = progressInterval
    }
}
