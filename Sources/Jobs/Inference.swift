public import JSON

/// Whoever answers requests that came over our own port, in the same slots as the queue's jobs.
public protocol InferenceService: Sendable {
    /// Runs one request as soon as a slot is free and its model in memory.
    ///
    /// Cancelling the caller frees the slot and closes the engine's request.
    /// - Parameter onEvent: for a request that streams: each event of the engine, in order, as it comes, the engine's own
    ///   end mark included; while it waits, so does the engine
    /// - Returns: the whole output, of a stream, too
    /// - Throws: also when the engine's stream was cut after events had been handed on
    func answer(
        _ request: InferenceRequest,
        onEvent: @escaping @Sendable (EngineEvent) async throws -> Void
    ) async throws(InferenceFailure) -> JSON
    /// Where the worker stands.
    func condition() async -> ServiceCondition
    /// How far the load is that requests wait for; nil: none is under way.
    func loadProgress() async -> LoadProgress?
    /// What is known of the models, in Ollama's shapes, without a start of the engine.
    /// - Throws: 404 for a model that is not there
    func models(_ question: ModelQuestion) async throws(InferenceFailure) -> JSON
}

/// A request from our own port, its body taken apart by nobody yet.
public struct InferenceRequest: Sendable, Hashable {
    /// What is asked, in whose shape.
    public enum Input: Sendable, Hashable {
        /// Ollama's fields. `stream` is false where it is absent, other than with Ollama itself.
        case native(EngineCall.Route, JSON.Object)
        /// An OpenAI route such as `/v1/chat/completions` with its body.
        case openAI(String, JSON.Object)
        /// All that a queue's job may have as its `input`.
        case job(JSON)
        /// Only the load of this model (nil: the usual one).
        case load(model: String?)
    }

    /// For the log.
    public var id: String
    /// What is asked.
    public var input: Input

    /// A request.
    public init(id: String, input: Input) {
        self.id = id
        self.input = input
    }
}

/// Why a request was not answered.
public struct InferenceFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// The HTTP status: 4xx is the client's own matter, 429 a full line, 503 a worker that ends.
    public let status: Int
    /// Cause and remedy, for the client.
    public let description: String
    /// Seconds after which to try again.
    public let retryAfter: Int?

    /// A failure in full.
    public init(_ status: Int, _ description: String, retryAfter: Int? = nil) {
        self.status = status
        self.description = description
        self.retryAfter = retryAfter
    }
}

/// Where a worker stands, as health checks see it.
public enum ServiceCondition: Sendable, Hashable {
    /// The model is on its way into memory.
    case starting
    /// Requests are answered; of a lazy worker: the first one starts the engine.
    case ready
    /// The last start failed, for this cause.
    case failed(String)
    /// What runs is finished, and nothing new is taken.
    case draining
}

/// A question about models.
public enum ModelQuestion: Sendable, Hashable {
    /// Those on disk, as Ollama's `/api/tags` lists them.
    case onDisk
    /// Those in memory, as `/api/ps` does.
    case inMemory
    /// One of them, as `/api/show` does.
    case details(of: String)
}
