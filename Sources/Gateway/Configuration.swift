public import Jobs
public import LocalQueue

extension Gateway {
    /// Where the gateway listens and what it lets in.
    public struct Configuration: Sendable {
        /// The address to bind to.
        public var host: String
        /// The port to bind to; 0: any free one, see ``Gateway/boundPort()``.
        public var port: Int
        /// `Authorization` must hold one of these, raw or after `Bearer `. None: nothing is asked for. Keys in URLs are
        /// never read: URLs end up in logs.
        public var apiKeys: [String]
        /// Pages that may call from a browser: origins such as `https://app.example`, or `*` for all. Without a key, `*`
        /// lets every page that somebody on this machine looks at use the queue.
        public var corsOrigins: [String] = []
        /// Requests a minute and key, or a minute and client address where no key is asked for. 0: no limit. Health and
        /// the workers' routes are not counted.
        public var requestsPerMinute = 0
        /// What a connection may cost.
        public var connections = ConnectionLimits()
        /// Which routes there are.
        public var doors: Doors = [.queue, .inference, .status]
        /// What a platform calls them besides.
        public var paths = Paths()
        /// Whoever answers the models' routes and knows where the worker stands. Nil: the OpenAI routes go through the
        /// queue, the others are not there, and health is the gateway's own.
        public var inference: (any InferenceService)?
        /// What `/api/version` says.
        public var version = "0.0.0"
        /// How long things are held and how much is kept.
        public var queue: LocalQueue.Settings
        /// The largest request bodies.
        public var limits = BodyLimits()
        /// After so long without a chunk an OpenAI stream begins with a comment, so that nobody between client and
        /// gateway takes a cold start for a dead connection; then again and again.
        public var streamComfort: Duration = .seconds(10)
        /// Bytes of a stream that are held for a client who does not read as fast as the engine writes. Above it the
        /// engine waits.
        public var streamRoom = 256 << 10
        /// Instances of one prediction that are answered side by side.
        public var predictionsAtOnce = 8

        /// Writes the page of `/metrics` in Prometheus' text format. Nil: there is no such page.
        ///
        /// It asks for the key where there is one: what a worker serves, and how much of it, is its owner's business.
        /// Prometheus sends it with `authorization: {credentials: KEY}`.
        public var metrics: (@Sendable () async -> String)?
        /// False: `/metrics` asks for no key, for a Prometheus within the same closed network.
        public var metricsNeedKey = true

        /// By default `127.0.0.1:8000` without a key.
        public init(
            host: String = "127.0.0.1",
            port: Int = 8000,
            apiKeys: [String] = [],
            queue: LocalQueue.Settings = .init()
        ) {
            self.host = host
            self.port = port
            self.apiKeys = apiKeys
            self.queue = queue
        }

        /// The same with one key or none.
        public init(host: String = "127.0.0.1", port: Int = 8000, apiKey: String?, queue: LocalQueue.Settings = .init())
        {
            self.init(host: host, port: port, apiKeys: apiKey.map { [$0] } ?? [], queue: queue)
        }
    }

    /// Bytes that a request body may have, by route. They are checked while the body is read.
    public struct BodyLimits: Sendable, Hashable {
        /// `/run`: the platform's 10 MB.
        public var run = 10_000_000
        /// `/runsync` and the models' routes: the platform's 20 MB.
        public var runSync = 20_000_000
        /// A chunk from a worker. The platform splits above 1 MB; we need not.
        public var chunk = 16 << 20
        /// A result from a worker.
        public var result = 64 << 20

        /// The defaults.
        public init() {}
    }
}
