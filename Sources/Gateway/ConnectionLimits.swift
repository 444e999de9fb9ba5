extension Gateway {
    /// What one peer may cost in connections, header bytes and time.
    public struct ConnectionLimits: Sendable, Hashable {
        /// Connections at once. One more, and the one that has been idle longest is closed for it; if none is idle, the
        /// new one is answered with 503.
        public var connections = 1024
        /// Bytes of the request line and all headers of one request.
        public var headerBytes = 32 << 10
        /// Headers of one request.
        public var headerCount = 100
        /// From a request's first byte, or from the connection's beginning, to the end of its headers.
        public var headTime: Duration = .seconds(10)
        /// From the end of the headers to the end of the body, and a second more for each ``bodyPace`` bytes of it.
        public var bodyTime: Duration = .seconds(30)
        /// Bytes a second that a long body must come with.
        public var bodyPace = 1000
        /// Between two requests.
        public var idleTime: Duration = .seconds(120)
        /// How long not a byte of an answer may be taken.
        public var unreadTime: Duration = .seconds(60)
        /// How long a connection that we end is read from, so that the answer is not lost: closing a socket with
        /// unread bytes in it resets the connection, and the peer's kernel throws away what it had got.
        public var lingerTime: Duration = .seconds(2)

        /// The defaults.
        public init() {}

        /// Connections that were sent away and still linger.
        var leaving: Int { 16 + connections / 8 }

        /// No more connections than there are descriptors for, those that linger included: without one to spare the server
        /// library asks the kernel for the next connection 15,000 times a second. The worker itself uses 33 when idle, and
        /// ten more while an engine starts.
        func fitted(toDescriptors descriptors: Int) -> ConnectionLimits {
            var limits = self
            limits.connections = max(1, min(connections, (descriptors - 48) * 8 / 9 - 16))
            return limits
        }
    }
}
