public import HTTPTransport
public import JSON
public import Jobs

/// RunPod's queue, from the worker's side: one HTTP request per call, no retries.
public struct RunPodQueue: JobQueue {
    /// What a worker needs to know of its queue.
    public struct Configuration: Sendable {
        /// The URLs.
        public var endpoints: Endpoints
        /// `RUNPOD_AI_API_KEY`: the whole value of `Authorization`, with no scheme before it.
        public var credential: String?
        /// Goes into `User-Agent` and the heartbeat's `runpod_version`.
        public var version: String
        /// A long poll that has not been answered after this is given up.
        public var pollTimeout: Duration
        /// A heartbeat that has not been answered after this is given up: twice the interval.
        public var pingTimeout: Duration
        /// A result or chunk of which no byte moves for so long is taken as not delivered.
        public var postTimeout: Duration
        /// The largest answer to a take, in bytes.
        public var maximumTakeSize: Int
        /// Whether the proxy of the environment applies. Not to a queue on this machine.
        public var usesProxy: Bool

        /// A configuration; the defaults are the official worker's where it has them.
        public init(
            endpoints: Endpoints,
            credential: String?,
            version: String,
            pollTimeout: Duration = .seconds(90),
            pingTimeout: Duration = .seconds(20),
            postTimeout: Duration = .seconds(60),
            maximumTakeSize: Int = 64 << 20,
            usesProxy: Bool = true
        ) {
            self.endpoints = endpoints
            self.credential = credential
            self.version = version
            self.pollTimeout = pollTimeout
            self.pingTimeout = pingTimeout
            self.postTimeout = postTimeout
            self.maximumTakeSize = maximumTakeSize
            self.usesProxy = usesProxy
        }
    }

    /// The answers to posts and pings are read only to keep the connection usable.
    private static let ignoredAnswerLimit = 1 << 20

    private let http: HTTPClient
    private let configuration: Configuration

    /// A queue reached through `http`.
    public init(http: HTTPClient, configuration: Configuration) {
        self.http = http
        self.configuration = configuration
    }

    /// `GET job-take` or `job-take-batch`: 200 with jobs; 204 and 400 mean none.
    public func take(upTo count: Int, jobInProgress: Bool) async throws(QueueFailure) -> [TakenItem] {
        let url = configuration.endpoints.take(upTo: count, jobInProgress: jobInProgress)
        // 400 is "no job" as well: usual when a worker was revived from a snapshot.
        guard let answer = try await poll(url, emptyStatuses: [204, 400]) else { return [] }
        return try Wire.items(in: answer)
    }

    /// `GET job-stop`: 200 with ids; 204 means none.
    public func jobsToStop() async throws(QueueFailure) -> [String]? {
        guard let url = configuration.endpoints.stop else { return nil }
        guard let answer = try await poll(url, emptyStatuses: [204]) else { return [] }
        return try Wire.jobsToStop(in: answer)
    }

    /// `POST job-stream`.
    public func stream(_ chunk: JSON, of jobID: String) async throws(QueueFailure) {
        try await post(Wire.body(ofChunk: chunk), to: configuration.endpoints.stream(of: jobID), about: jobID)
    }

    /// `POST job-done`. Any 2xx or 3xx counts as delivered.
    public func finish(_ result: JobResult, of jobID: String) async throws(QueueFailure) {
        let url = configuration.endpoints.result(of: jobID, isStream: result.isStream)
        try await post(Wire.body(of: result), to: url, about: jobID)
    }

    /// `POST job-done` with the status `IN_PROGRESS`. Send it before the result: the platform ignores what is late.
    public func progress(_ progress: JSON, of jobID: String) async throws(QueueFailure) {
        let url = configuration.endpoints.result(of: jobID, isStream: false)
        try await post(Wire.body(ofProgress: progress), to: url, about: jobID)
    }

    /// Leaves the connections of the HTTP client behind, whoever else uses it.
    public func dropConnections() {
        http.dropConnections()
    }

    /// `GET ping`; does nothing when there is no URL for it.
    public func heartbeat(jobIDs: [String]) async throws(QueueFailure) {
        let version = configuration.version
        guard let url = configuration.endpoints.ping(jobIDs: jobIDs, version: version) else { return }
        var request = HTTPRequest("GET", url)
        if let credential = configuration.credential { request.headers = [("Authorization", credential)] }
        request.timeout = configuration.pingTimeout
        let answer = try await send(request, upTo: Self.ignoredAnswerLimit)
        try check(answer)
    }

    private func poll(_ url: String, emptyStatuses: Set<Int>) async throws(QueueFailure) -> JSON? {
        var request = HTTPRequest("GET", url)
        request.headers = jobHeaders(contentType: "application/json")
        request.timeout = configuration.pollTimeout
        let answer = try await send(request, upTo: configuration.maximumTakeSize)
        if emptyStatuses.contains(answer.status) { return nil }
        try check(answer)
        let type = answer.headers["Content-Type"] ?? ""
        guard type.lowercased().hasPrefix("application/json") else {
            throw QueueFailure(.garbage, "the queue's answer is of type \"\(type)\", not application/json")
        }
        guard !answer.body.isEmpty else { throw QueueFailure(.garbage, "the queue's answer is empty") }
        do {
            return try JSON(parsing: answer.body)
        } catch {
            throw QueueFailure(.garbage, "the queue's answer is not JSON: \(error)")
        }
    }

    private func post(_ body: [UInt8], to url: String, about jobID: String) async throws(QueueFailure) {
        var request = HTTPRequest("POST", url)
        // The body is JSON all the same: this is what the official worker sends, so it is what the platform knows.
        request.headers = jobHeaders(contentType: "application/x-www-form-urlencoded")
        request.headers.append(("charset", "utf-8"))
        request.headers.append(("X-Request-ID", jobID.urlEscaped))
        request.body = body
        request.idleTimeout = configuration.postTimeout
        try check(await send(request, upTo: Self.ignoredAnswerLimit))
    }

    private func jobHeaders(contentType: String) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = [("Content-Type", contentType)]
        if let credential = configuration.credential { headers.append(("Authorization", credential)) }
        return headers
    }

    private func send(_ request: HTTPRequest, upTo limit: Int) async throws(QueueFailure) -> HTTPReply {
        var request = request
        request.usesProxy = configuration.usesProxy
        do {
            return try await http.fetch(request, upTo: limit)
        } catch {
            throw QueueFailure(error)
        }
    }

    private func check(_ answer: HTTPReply) throws(QueueFailure) {
        guard !(200..<400).contains(answer.status) else { return }
        throw QueueFailure(
            .status(answer.status),
            retryAfter: answer.headers.retryAfter(),
            "the queue answered \(answer.status)"
        )
    }
}

extension QueueFailure {
    /// The transport's failure in the queue's words.
    init(_ error: HTTPError) {
        switch error.code {
        case .timedOut: self.init(.timedOut, error.message)
        case .cancelled: self.init(.cancelled, error.message)
        case .tooLarge, .protocolViolation: self.init(.garbage, error.message)
        default: self.init(.unreachable, error.message)
        }
    }
}
