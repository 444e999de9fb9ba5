extension LocalQueue {
    /// How long things are held and how much is kept.
    public struct Settings: Sendable, Hashable {
        /// How long a take or stop poll is held before it is answered with "nothing".
        public var hold: Duration = .seconds(20)
        /// The workers' heartbeat interval (`RUNPOD_PING_INTERVAL`).
        public var heartbeatInterval: Duration = .seconds(10)
        /// So many intervals without a sign of life, and a job goes to another worker.
        public var missedHeartbeats = 3
        /// How long `/runsync` waits unless the client says.
        public var syncWait: Duration = .seconds(90)
        /// How long results of `/run` are kept.
        public var retention: Duration = .seconds(30 * 60)
        /// How long results of `/runsync` are kept.
        public var syncRetention: Duration = .seconds(60)
        /// The longest that `?ttl=` may keep a result of `/runsync`.
        public var longestSyncRetention: Duration = .seconds(5 * 60)
        /// Between two tries of a webhook.
        public var webhookPause: Duration = .seconds(10)
        /// Tries of a webhook in all.
        public var webhookTries = 3
        /// Jobs that may wait.
        public var maximumWaiting = 100_000
        /// Finished jobs that are kept; the oldest go first.
        public var maximumFinished = 10_000
        /// Bytes of inputs and outputs that are kept. Finished jobs make room; waiting and running ones do not.
        public var maximumBytes = 512 << 20
        /// Bytes of a job's chunks that nobody has read yet.
        public var maximumUnreadBytes = 64 << 20

        /// The platform's values where they are known.
        public init() {}

        var grace: Duration { heartbeatInterval * missedHeartbeats }
    }
}
