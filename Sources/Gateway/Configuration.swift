public import LocalQueue

extension Gateway {
    /// Where the gateway listens and what it lets in.
    public struct Configuration: Sendable {
        /// The address to bind to.
        public var host: String
        /// The port to bind to; 0: any free one, see ``Gateway/boundPort()``.
        public var port: Int
        /// What `Authorization` must hold, raw or after `Bearer `. Nil: nothing is asked for.
        public var apiKey: String?
        /// How long things are held and how much is kept.
        public var queue: LocalQueue.Settings
        /// The largest request bodies.
        public var limits = BodyLimits()
        /// After so long without a chunk an OpenAI stream begins with a comment, so that nobody between client and
        /// gateway takes a cold start for a dead connection; then again and again.
        public var streamComfort: Duration = .seconds(10)

        /// Writes the page of `/metrics` in Prometheus' text format. Nil: there is no such page.
        ///
        /// It asks for the key where there is one: what a worker serves, and how much of it, is its owner's business.
        /// Prometheus sends it with `authorization: {credentials: KEY}`.
        public var metrics: (@Sendable () async -> String)?

        /// By default `127.0.0.1:8000` without a key.
        public init(
            host: String = "127.0.0.1",
            port: Int = 8000,
            apiKey: String? = nil,
            queue: LocalQueue.Settings = .init()
        ) {
            self.host = host
            self.port = port
            self.apiKey = apiKey
            self.queue = queue
        }
    }

    /// Bytes that a request body may have, by route. They are checked while the body is read.
    public struct BodyLimits: Sendable, Hashable {
        /// `/run`: the platform's 10 MB.
        public var run = 10_000_000
        /// `/runsync` and `/openai/…`: the platform's 20 MB.
        public var runSync = 20_000_000
        /// A chunk from a worker. The platform splits above 1 MB; we need not.
        public var chunk = 16 << 20
        /// A result from a worker.
        public var result = 64 << 20

        /// The defaults.
        public init() {}
    }
}
