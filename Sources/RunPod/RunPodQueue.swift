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
        /// The largest job, in bytes.
        public var maximumJobSize: Int
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
            maximumJobSize: Int = 20 << 20,
            usesProxy: Bool = true
        ) {
            self.endpoints = endpoints
            self.credential = credential
            self.version = version
            self.pollTimeout = pollTimeout
            self.pingTimeout = pingTimeout
            self.postTimeout = postTimeout
            self.maximumJobSize = maximumJobSize
            self.usesProxy = usesProxy
        }
    }

    /// The answers to posts and pings are read only to keep the connection usable.
    private static let ignoredAnswerLimit = 1 << 20
    /// So many jobs of the largest size a batch may hold.
    private static let largeJobs = 4
    /// For what stands beside a job's input.
    private static let roomBesideInput = 1 << 20
    /// Bytes of an answer with an error status that are kept for whoever looks after it.
    private static let keptAnswer = 4096

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
        // A batch of large jobs is not worth the memory of as many as there are slots.
        let limit = configuration.maximumJobSize * min(count, Self.largeJobs) + Self.roomBesideInput
        // 400 is "no job" as well: usual when a worker was revived from a snapshot.
        guard let answer = try await poll(url, upTo: limit, emptyStatuses: [204, 400]) else { return [] }
        if answer.isCut { return try salvage(answer.body, .cut(maximumJobSize: configuration.maximumJobSize)) }
        let json: JSON
        do {
            json = try JSON(parsing: answer.body)
        } catch {
            return try salvage(answer.body, .notJSON("\(error)"))
        }
        return try Wire.items(in: json)
    }

    private func salvage(_ bytes: [UInt8], _ flaw: TakeSalvage.Flaw) throws(QueueFailure) -> [TakenItem] {
        let items = TakeSalvage.items(in: bytes, flaw)
        guard !items.isEmpty else { throw QueueFailure(.garbage, "the queue's answer names no job, and \(flaw)") }
        return items
    }

    /// `GET job-stop`: 200 with ids; 204 means none.
    public func jobsToStop() async throws(QueueFailure) -> [String]? {
        guard let url = configuration.endpoints.stop else { return nil }
        guard let answer = try await poll(url, upTo: Self.ignoredAnswerLimit, emptyStatuses: [204]) else { return [] }
        guard !answer.isCut else { throw QueueFailure(.garbage, "the stop channel's answer is too large") }
        let json: JSON
        do {
            json = try JSON(parsing: answer.body)
        } catch {
            throw QueueFailure(.garbage, "the stop channel's answer is not JSON: \(error)")
        }
        return try Wire.jobsToStop(in: json)
    }

    /// The templates of the environment with the job in them.
    public func address(of jobID: String, isStream: Bool) -> ReturnAddress {
        ReturnAddress(
            job: jobID,
            result: configuration.endpoints.result(of: jobID, isStream: isStream),
            stream: configuration.endpoints.stream(of: jobID)
        )
    }

    /// True for URLs of the servers that our own answers go to: the file of an outbox may have been written by anybody who
    /// has the volume.
    public func owns(_ address: ReturnAddress) -> Bool {
        configuration.endpoints.owns(result: address.result, stream: address.stream)
    }

    /// `{"output": …}`.
    public func body(ofChunk chunk: JSON) -> [UInt8] { Wire.body(ofChunk: chunk) }

    /// `{"output": …, "error": …, "stopPod": …}`.
    public func body(of result: JobResult) -> [UInt8] { Wire.body(of: result) }

    /// `POST job-stream`.
    public func stream(_ chunk: [UInt8], to address: ReturnAddress) async throws(QueueFailure) {
        try await post(chunk, to: address.stream, about: address.job)
    }

    /// `POST job-done`. Any 2xx or 3xx counts as delivered.
    public func finish(_ result: [UInt8], to address: ReturnAddress) async throws(QueueFailure) {
        try await post(result, to: address.result, about: address.job)
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

    /// Nil: one of these statuses.
    private func poll(
        _ url: String,
        upTo limit: Int,
        emptyStatuses: Set<Int>
    ) async throws(QueueFailure) -> HTTPReply? {
        var request = HTTPRequest("GET", url)
        request.headers = jobHeaders(contentType: "application/json")
        request.timeout = configuration.pollTimeout
        let answer = try await send(request, upTo: limit)
        if emptyStatuses.contains(answer.status) { return nil }
        try check(answer)
        let type = answer.headers["Content-Type"] ?? ""
        guard type.lowercased().hasPrefix("application/json") else {
            throw QueueFailure(.garbage, "the queue's answer is of type \"\(type)\", not application/json")
        }
        guard !answer.body.isEmpty else { throw QueueFailure(.garbage, "the queue's answer is empty") }
        return answer
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
        // The status says what became of the request, however long the answer: a result that was accepted must not be sent
        // again for the sake of an acknowledgement that nobody reads.
        request.keepsCutBody = true
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
            answer: answer.body.isEmpty ? nil : String(decoding: answer.body.prefix(Self.keptAnswer), as: UTF8.self),
            "the queue answered \(answer.status)"
        )
    }
}

extension QueueFailure {
    /// The transport's failure in the queue's words.
    ///
    /// - Parameter isCancelled: whether we wanted it so. The transport says "cancelled" also when it was shut down, or got
    ///   no thread or no libcurl to begin with: to be tried again after a wait, as if there were no network.
    init(_ error: HTTPError, isCancelled: Bool = Task.isCancelled) {
        switch error.code {
        case .timedOut: self.init(.timedOut, error.message)
        case .cancelled: self.init(isCancelled ? .cancelled : .unreachable, error.message)
        case .tooLarge, .protocolViolation: self.init(.garbage, error.message)
        default: self.init(.unreachable, error.message)
        }
    }
}
