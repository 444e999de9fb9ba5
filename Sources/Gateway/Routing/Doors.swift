extension Gateway {
    /// Which kinds of routes are open. A route behind a closed door is 404.
    ///
    /// Health and metrics are always there: `[]` is a port for nothing else.
    public struct Doors: OptionSet, Sendable, Hashable {
        /// The doors as bits.
        public let rawValue: Int

        /// The queue's routes, for its clients and for its workers.
        public static let queue = Doors(rawValue: 1)
        /// The models' routes: OpenAI, Ollama, SageMaker, Vertex AI, KServe.
        public static let inference = Doors(rawValue: 2)
        /// Health and metrics, whether it is named or not.
        public static let status = Doors(rawValue: 4)

        /// Doors by their bits.
        public init(rawValue: Int) {
            self.rawValue = rawValue
        }
    }

    /// What a platform calls its routes, beside the names that are always known.
    public struct Paths: Sendable, Hashable {
        /// Asked for health as `/ping` is.
        public var health: [String] = []
        /// Sent predictions as `/invocations` is.
        public var predict: [String] = []
        /// The status of a health check while the model loads.
        ///
        /// 204 is what RunPod's load balancer counts a cold start by. Kubernetes and Cloud Run take every 2xx for ready:
        /// there it is 503.
        public var statusWhileStarting = 204

        /// None besides the usual ones.
        public init() {}
    }
}
