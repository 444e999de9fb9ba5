import Glibc

extension HTTPClient {
    /// What all requests of a client share.
    public struct Configuration: Sendable {
        /// Sent as `User-Agent` unless a request brings its own.
        public var userAgent: String
        /// Bytes of all head lines of one exchange (interim answers and trailers included) above which it fails.
        public var maximumHeadBytes = 64 * 1024
        /// Bytes of a body that wait here for their reader before the server has to wait.
        public var bufferedBytes = 256 * 1024
        /// Connections in the pool, busy ones included; above it the one that has been idle longest is closed.
        ///
        /// Fewer than there are requests at once, and every answer would cost somebody a connection.
        public var maximumConnections = 128
        /// Where `SSL_CERT_FILE`, `SSL_CERT_DIR` and the proxies (`HTTPS_PROXY`, `NO_PROXY` …, either case) are read from.
        public var environment: [String: String]

        /// Defaults for all but what is given.
        public init(userAgent: String = "kindling", environment: [String: String] = Self.processEnvironment()) {
            self.userAgent = userAgent
            self.environment = environment
        }

        /// The variables of this process that a client reads.
        public static func processEnvironment() -> [String: String] {
            var found: [String: String] = [:]
            for name in ["SSL_CERT_FILE", "SSL_CERT_DIR"] + ProxyRules.variables {
                if let value = getenv(name) { found[name] = String(cString: value) }
            }
            return found
        }
    }
}
